import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { inTransaction } from '../../../src/store/pool.ts';
import { addCalls, claimCall, endCall, failRun } from '../../../src/store/tables/bridge-calls.ts';
import { claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import { finishRuns } from '../../../src/store/tables/bridge-runs.ts';
import { createQueueWorld, type QueueWorld, runTrial, startRun } from '../../bridge/queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

/** The call of `start_run` for the study `s` fails. */
async function failStart(bridgeId: string): Promise<void> {
  await addCalls(world.pool, ['start_run']);
  const call = await claimCall(world.pool, bridgeId);
  if (call === undefined) throw new Error('there is no call');
  await inTransaction(world.pool, async (client) => {
    expect(await endCall(client, call, bridgeId, 'exception', 'ValueError')).toBe(true);
    await failRun(client, 's', 'ValueError');
  });
}
const runs = () => world.query('select outcome, published, active from bridge_runs');

test('a study whose start failed has failed, and needs no further look', async () => {
  const bridgeId = await world.bridge('a');
  await world.command(startRun('s', 3));
  await failStart(bridgeId);
  await inTransaction(world.pool, finishRuns);
  expect(await runs()).toEqual([{ outcome: 'failed', published: false, active: false }]);
});

test('trials beside a study whose start failed run all the same', async () => {
  const bridgeId = await world.bridge('a');
  await world.command(startRun('s', 3), runTrial('s', 'own'));
  await failStart(bridgeId);
  await inTransaction(world.pool, finishRuns);
  const claim = { bridgeId, host: 'h', limit: 9, withStudies: true };
  expect(await claimTrials(world.pool, claim)).toMatchObject([{ trial_id: 'own' }]);
  expect(await runs()).toEqual([{ outcome: 'failed', published: false, active: true }]);
});
