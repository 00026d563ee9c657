import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createKafka } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import { bridge } from '../../src/roles/bridge.ts';
import { commands } from '../../src/roles/commands.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import type { Serving } from '../../src/serve.ts';
import { groupId } from '../../src/topics.ts';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { installTestPython } from '../runner/python.ts';
import { eventually } from '../support/eventually.ts';
import { lagOf } from '../support/lag-of.ts';
import { runThunderline } from '../support/thunderline.ts';

let system: BridgeSystem;
let running: Serving;
let settings: Readonly<Record<string, string>>;
beforeAll(async () => {
  settings = { BRIDGE_STUDY_PYTHON: await installTestPython() };
  system = await startBridgeSystem('quadratic.py', settings, [commands, router, postgres]);
  running = await system.another([bridge]);
}, 300_000);
afterAll(() => system.close());

/** The rows that the topics make, without bookkeeping columns. */
const rows = () =>
  system.query(
    `select to_jsonb(t) - '{created_at,updated_at}'::text[] as row from cerebros_model_trials t
     union all select to_jsonb(r) - '{created_at,updated_at}'::text[] from model_runs r order by 1`,
  );
const attempts = async () => (await system.query('select 1 from bridge_attempts')).length;

test('a replay of everything onto emptied tables runs nothing and gives the same rows', async () => {
  await system.post('/api/runs', {
    model_run_id: 'study',
    n_trials: 5,
    search_space: { x: { type: 'float', low: 0, high: 1 } },
  });
  await system.post('/api/runs/plain/trials', [
    { trial_id: 'a', hyperparams: {} },
    { trial_id: 'b', hyperparams: {} },
  ]);
  await system.post('/api/runs/gone/cancel');
  await system.ended('study', 5);
  await system.ended('plain', 2);
  await eventually(async () => {
    const [run] = await system.query<{ status: string }>(`select status from model_runs where model_run_id = 'study'`);
    return run?.status === 'completed';
  });
  const config = loadConfig(system.world.environment);
  const { topicPrefix } = config.kafka;
  const admin = createKafka(config.kafka, 'test', { log: createLog('silent') }).admin();
  await admin.connect();
  // Every record is in the tables, of whichever partition it is.
  for (const role of ['bridge', 'router', 'postgres'] as const) {
    await eventually(async () => (await lagOf(admin, topicPrefix, role)) === 0);
  }
  const before = await rows();
  // A trial whose study did not respond at once has more than one.
  expect(await attempts()).toBeGreaterThanOrEqual(7);

  // The tables of the sink and of the queue are emptied; the consumer group of the bridge is deleted, so that it reads
  // every command again, while the replay fills the tables.
  await running.stop();
  await system.query('truncate model_runs, cerebros_model_trials');
  await system.query(
    'truncate bridge_queue, bridges, bridge_runs, bridge_trials, bridge_cancellations, bridge_attempts, bridge_calls',
  );
  await admin.deleteGroups([groupId(topicPrefix, 'bridge', 'ml.commands')]);
  const [, again] = await Promise.all([
    runThunderline(system.world.environment, 'replay', '--sink', 'postgres'),
    system.another([bridge]),
  ]);
  await eventually(async () => (await lagOf(admin, topicPrefix, 'bridge')) === 0);
  await admin.disconnect();

  expect(await rows()).toEqual(before);
  expect(await attempts()).toBe(0);
  const states = await system.query(`select distinct state from bridge_trials where state not in ('ended', 'held')`);
  expect(states).toEqual([]);
  await again.stop();
});
