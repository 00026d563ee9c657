import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { inTransaction } from '../../../src/store/pool.ts';
import { claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import { endTrial } from '../../../src/store/tables/bridge-endings.ts';
import { retry } from '../../../src/store/tables/bridge-operations.ts';
import { markPublished, markTold, unpublishedTrials, untoldTrials } from '../../../src/store/tables/bridge-outbox.ts';
import { finishRuns, markRunPublished, unpublishedRuns } from '../../../src/store/tables/bridge-runs.ts';
import { createQueueWorld, type QueueWorld, runTrial, startRun } from '../../bridge/queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const ATTEMPT = {
  outcome: 'failed',
  message: null,
  error_type: null,
  return_code: null,
  signal: null,
  duration_ms: null,
  output: null,
};

/** The one trial of the study `s` is run, fails, and the study ends. */
async function fails(bridgeId: string): Promise<void> {
  const [trial] = await claimTrials(world.pool, { bridgeId, host: 'h', limit: 1, withStudies: true });
  if (trial === undefined) throw new Error('nothing was claimed');
  expect(await endTrial(world.pool, trial, { outcome: 'failed', ending: '{"kind":"lost"}' }, ATTEMPT)).toBe(true);
  await inTransaction(world.pool, finishRuns);
}

const open = async () => ({
  trials: await unpublishedTrials(world.pool, 0, 10),
  ends: await untoldTrials(world.pool, 0, 10),
  runs: await unpublishedRuns(world.pool),
});

async function noteAll({ trials, ends, runs }: Awaited<ReturnType<typeof open>>): Promise<void> {
  await markPublished(world.pool, trials);
  for (const end of ends) await markTold(world.pool, end);
  for (const run of runs) await markRunPublished(world.pool, run.model_run_id, run.ended_at);
}

test('a note about an earlier end leaves a later one of the same trial and run', async () => {
  const bridgeId = await world.bridge('a');
  await world.command(startRun('s', 1), runTrial('s', 'trial_000', { hyperparams: null }));
  await world.query('update bridge_runs set expanded = 1, announced = 1');
  await fails(bridgeId);
  // Another bridge reads the ends, and is slow to publish them.
  const slow = await open();
  expect(slow).toMatchObject({ trials: [{ epoch: 1 }], ends: [{ epoch: 1 }], runs: [{ outcome: 'failed' }] });
  await noteAll(slow);
  expect(await open()).toEqual({ trials: [], ends: [], runs: [] });
  await retry(world.pool, 's');
  await fails(bridgeId);
  await noteAll(slow);
  expect(await open()).toMatchObject({ trials: [{ epoch: 2 }], ends: [{ epoch: 2 }], runs: [{ outcome: 'failed' }] });
});
