import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { settleCancels } from '../../../src/store/tables/bridge-cancels.ts';
import { type ClaimedTrial, claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import {
  type AttemptEnd,
  endTrial,
  failTrial,
  giveBackTrial,
  storeChoice,
} from '../../../src/store/tables/bridge-endings.ts';
import { leasesOf, removeBridge, renewBridge } from '../../../src/store/tables/bridge-hosts.ts';
import { rescueTrials } from '../../../src/store/tables/bridge-rescue.ts';
import { cancel, createQueueWorld, type QueueWorld, trialsOf } from '../../bridge/queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(12);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const RETRY = { retries: 2, backoffMs: 60_000 };
const MAX_LOSSES = 3;
const ATTEMPT: AttemptEnd = {
  outcome: 'timeout',
  message: 'took too long',
  error_type: 'timeout',
  return_code: 1,
  signal: null,
  duration_ms: 12,
  output: 'Epoch 1',
};

const claim = (bridgeId: string, limit = 1) =>
  claimTrials(world.pool, { bridgeId, host: 'host-1', limit, withStudies: true });
const end = (trial: ClaimedTrial) => endTrial(world.pool, trial, { outcome: 'completed', ending: '{"a":1}' }, ATTEMPT);
const fail = (trial: ClaimedTrial) => failTrial(world.pool, trial, '{"failed":1}', RETRY, ATTEMPT);
const kill = (bridgeId: string) =>
  world.query(`update bridges set alive_until = '-infinity' where bridge_id = $1`, bridgeId);
const hurry = () => world.query('update bridge_trials set run_after = now()');
const running = async () =>
  (await world.query<{ running: number }>('select running from bridge_runs')).map((run) => run.running);
const rows = () =>
  world.query(
    'select state, outcome, ending, epoch, failures, losses, published from bridge_trials order by model_run_id, trial_id',
  );

async function claimOne(): Promise<{ bridgeId: string; trial: ClaimedTrial }> {
  const bridgeId = await world.bridge('a');
  await world.command(...trialsOf('r', 1));
  const [trial] = await claim(bridgeId);
  if (trial === undefined) throw new Error('nothing was claimed');
  return { bridgeId, trial };
}

describe('the fence', () => {
  test('the end of a lease that holds is stored, with its attempt', async () => {
    const { trial } = await claimOne();
    expect(await running()).toEqual([1]);
    expect(await end(trial)).toBe(true);
    expect(await rows()).toEqual([
      { state: 'ended', outcome: 'completed', ending: '{"a":1}', epoch: 1, failures: 0, losses: 0, published: false },
    ]);
    expect(await running()).toEqual([0]);
    expect(await world.query('select epoch, host, outcome, message, output, return_code from bridge_attempts')).toEqual(
      [{ epoch: 1, host: 'host-1', outcome: 'timeout', message: 'took too long', output: 'Epoch 1', return_code: 1 }],
    );
  });

  test.each<[string, (trial: ClaimedTrial) => Promise<unknown>, unknown]>([
    ['end', end, false],
    ['fail', fail, undefined],
    ['give back', (trial) => giveBackTrial(world.pool, trial, 0, ATTEMPT), false],
    [
      'choose',
      (trial) => storeChoice(world.pool, trial, { hyperparams: '{}', spectral_norm: true, optuna_number: 1 }),
      false,
    ],
  ])('a late word changes nothing: %s', async (_, change, refused) => {
    const { bridgeId, trial } = await claimOne();
    await kill(bridgeId);
    await rescueTrials(world.pool, MAX_LOSSES);
    const other = await world.bridge('b');
    const [again] = await claim(other);
    expect(again?.epoch).toBe(2);
    const before = [await rows(), await running(), await world.query('select * from bridge_attempts order by epoch')];
    expect(await change(trial)).toEqual(refused);
    // The right bridge with the wrong epoch, and the right epoch with the wrong bridge.
    expect(await change({ ...trial, bridge_id: other })).toEqual(refused);
    expect(await change({ ...trial, epoch: 2 })).toEqual(refused);
    expect([await rows(), await running(), await world.query('select * from bridge_attempts order by epoch')]).toEqual(
      before,
    );
    expect(await end(again as ClaimedTrial)).toBe(true);
    expect(await change(again as ClaimedTrial)).toEqual(refused);
    expect(await running()).toEqual([0]);
  });
});

describe('a failed attempt', () => {
  test('is repeated twice, after one and two minutes, and then the trial has failed', async () => {
    const { bridgeId, trial } = await claimOne();
    const pauses: unknown[] = [];
    /** From the end of the attempt: both times are of one statement. */
    const pause = async () =>
      pauses.push(
        ...(await world.query(
          `select (extract(epoch from t.run_after - a.ended_at) * 1000)::int as ms
           from bridge_trials t join bridge_attempts a using (model_run_id, trial_id, epoch)`,
        )),
      );
    expect(await fail(trial)).toBe('queued');
    await pause();
    expect(await claim(bridgeId)).toEqual([]);
    await hurry();
    expect(await fail((await claim(bridgeId))[0] as ClaimedTrial)).toBe('queued');
    await pause();
    await hurry();
    expect(await fail((await claim(bridgeId))[0] as ClaimedTrial)).toBe('ended');
    expect(pauses).toEqual([{ ms: 60_000 }, { ms: 120_000 }]);
    expect(await rows()).toEqual([
      { state: 'ended', outcome: 'failed', ending: '{"failed":1}', epoch: 3, failures: 3, losses: 0, published: false },
    ]);
    expect(await world.query('select epoch, outcome from bridge_attempts order by 1')).toHaveLength(3);
    expect(await running()).toEqual([0]);
  });

  test.each([null, 't000'])('is not repeated when the run or the trial was cancelled meanwhile: %s', async (name) => {
    const { bridgeId, trial } = await claimOne();
    await world.command(cancel('r', name));
    expect(await fail(trial)).toBe('queued');
    await hurry();
    expect(await claim(bridgeId)).toEqual([]);
    await settleCancels(world.pool);
    expect(await rows()).toMatchObject([{ state: 'ended', outcome: 'cancelled' }]);
  });
});

test('a trial that is given back runs again, and nothing is counted against it', async () => {
  const { bridgeId, trial } = await claimOne();
  expect(await giveBackTrial(world.pool, trial, 0, ATTEMPT)).toBe(true);
  expect(await rows()).toMatchObject([{ state: 'queued', failures: 0, losses: 0 }]);
  expect((await claim(bridgeId))[0]?.epoch).toBe(2);
});

describe('a bridge', () => {
  test('renews while it is alive, and never after it was dead', async () => {
    const bridgeId = await world.bridge('a');
    expect(await renewBridge(world.pool, bridgeId, 60_000)).toBe(true);
    await kill(bridgeId);
    expect(await renewBridge(world.pool, bridgeId, 60_000)).toBe(false);
    await removeBridge(world.pool, bridgeId);
    expect(await renewBridge(world.pool, bridgeId, 60_000)).toBe(false);
  });

  test('learns which trials it holds and which of them are cancelled, and no others', async () => {
    const { bridgeId, trial } = await claimOne();
    const held = { model_run_id: 'r', trial_id: 't000', epoch: trial.epoch, bridge_id: bridgeId };
    expect(await leasesOf(world.pool, bridgeId)).toEqual([{ ...held, cancelled: false }]);
    await world.command(cancel('r', 't000'));
    expect(await leasesOf(world.pool, bridgeId)).toEqual([{ ...held, cancelled: true }]);
    expect(await leasesOf(world.pool, await world.bridge('b'))).toEqual([]);
    await end(trial);
    expect(await leasesOf(world.pool, bridgeId)).toEqual([]);
  });

  test('stores why it claims nothing', async () => {
    const bridgeId = await world.bridge('a');
    await renewBridge(world.pool, bridgeId, 60_000, 'no GPU');
    expect(await world.query('select pause_reason from bridges where paused_at is not null')).toEqual([
      { pause_reason: 'no GPU' },
    ]);
  });
});
