import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { program } from '../../bridge/support/python.ts';
import { until } from '../../support/until.ts';
import { startBridgeStorm } from '../harness/bridge-storm.ts';
import { createFolder, EXCLUSIVE, postExclusiveTrials } from '../harness/exclusive-trials.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import type { RoleProcess } from '../harness/role-process.ts';

const TRIALS = 1_000;
/** A trial does nothing for this time, so that some run whenever something is killed. */
const TRIAL_SECONDS = 0.4;
const BRIDGES = 2;
const EVERY_MS = 5_000;
const PATIENCE_MS = 360_000;

const folder = createFolder();
// The path of the folder is then an argument of the workers and of their keepers, by which they are found.
const script = join(folder, 'exclusive.py');
copyFileSync(program('exclusive.py'), script);

let world: FaultWorld;
let front: RoleProcess;
beforeAll(async () => {
  world = await createFaultWorld({
    ...EXCLUSIVE,
    CEREBROS_SCRIPT_PATH: script,
    BRIDGE_MODE: 'warm',
    BRIDGE_LEASE_MS: '5000',
    BRIDGE_HEARTBEAT_MS: '3000',
    BRIDGE_START_MS: '15000',
    // A trial that is hit several times must not fail, nor a bridge pause whose workers are suspended while they start.
    BRIDGE_RETRIES: '100',
    BRIDGE_RETRY_BACKOFF_MS: '1',
    BRIDGE_HOST_FAILURES: '0',
  });
  front = await (await world.start(['commands', 'router', 'postgres'])).ready();
});
afterAll(() => world.close());

test('each of 1,000 trials ends once, and runs once at a time, while bridges and workers are killed and suspended', async () => {
  const startBridge = () => world.start(['bridge']);
  const first = await Promise.all(Array.from({ length: BRIDGES }, startBridge));
  await Promise.all(first.map((bridge) => bridge.ready()));
  const trials = await postExclusiveTrials(world, front, 'storm', TRIALS, TRIAL_SECONDS, folder);
  const storm = startBridgeStorm(first, startBridge, { tag: folder, everyMs: EVERY_MS });
  await trials.ended(TRIALS, PATIENCE_MS).finally(storm.stop);
  const bridges = await storm.stop();

  await until('every end is published', 60_000, async () => {
    const { rows } = await world.query('select 1 from bridge_trials where not published limit 1');
    return rows.length === 0;
  });
  // Warm workers stay until their bridges stop.
  await Promise.all(bridges.map((bridge) => bridge.stop()));
  const attempts = await trials.attempts();
  console.log(JSON.stringify({ faults: storm.faults, attempts }));
  expect(await trials.faults()).toEqual([]);
  expect(attempts).toMatchObject({ completed: TRIALS, lost: expect.any(Number), crash: expect.any(Number) });
  const runs = await world.query('select running from bridge_runs');
  expect(runs.rows).toEqual([{ running: 0 }]);
  trials.close();
}, 600_000);
