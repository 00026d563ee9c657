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
  await addCalls(world.pool, ['start_run'], false);
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

test('the end of a run is reported after those of its trials, also when one of them was published late', async () => {
  await world.command(startRun('s', 2), runTrial('s', 'trial_000'), runTrial('s', 'trial_001'));
  await world.query('update bridge_runs set expanded = 2, announced = 2');
  await world.query(
    `update bridge_trials set state = 'ended', outcome = 'completed', ending = '{"kind":"lost"}',
       ended_at = now() - case trial_id when 'trial_000' then interval '1 hour' else interval '1 second' end`,
  );
  await inTransaction(world.pool, finishRuns);
  const calls = async (isThorough: boolean) => {
    await addCalls(world.pool, ['record_trial', 'finalize_run'], isThorough);
    return world.query('select op, trial_id from bridge_calls order by op, trial_id');
  };
  const recorded = { op: 'record_trial', trial_id: 'trial_001' };
  expect(await calls(false)).toEqual([recorded]);
  expect(await calls(true)).toEqual([
    { op: 'finalize_run', trial_id: '' },
    { op: 'record_trial', trial_id: 'trial_000' },
    recorded,
  ]);
});

test('without record_trial the end of a run waits for no report of its trials', async () => {
  await world.command(startRun('s', 1), runTrial('s', 'trial_000'));
  await world.query('update bridge_runs set expanded = 1, announced = 1');
  await world.query(
    `update bridge_trials set state = 'ended', outcome = 'completed', ending = '{"kind":"lost"}', ended_at = now()`,
  );
  await inTransaction(world.pool, finishRuns);
  await addCalls(world.pool, ['finalize_run'], false);
  expect(await world.query('select op from bridge_calls')).toEqual([{ op: 'finalize_run' }]);
});
