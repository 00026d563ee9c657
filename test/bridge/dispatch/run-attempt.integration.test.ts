import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type AttemptParts, createRunAttempt } from '../../../src/bridge/dispatch/run-attempt.ts';
import { RunningTrials } from '../../../src/bridge/dispatch/running-trials.ts';
import { createLog } from '../../../src/log.ts';
import { type ClaimedTrial, claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import { createQueueWorld, type QueueWorld, trialsOf } from '../queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const MINUTE_MS = 60_000;

/** Runs an attempt of a trial whose bridge meets `fault`, and returns what the bridge was told to do. */
async function attempt(trial: ClaimedTrial, fault: Partial<AttemptParts>) {
  const told = { retriesAfterMs: [] as number[], ended: [] as string[], lost: [] as string[] };
  const parts: Partial<AttemptParts> = {
    pool: world.pool,
    studies: undefined,
    retry: { retries: 2, backoffMs: 1 },
    timeoutMs: 1_000,
    log: createLog('silent'),
    metrics: world.metrics,
    publisher: {
      publish: async () => {},
      ended: ({ trial_id }) => void told.ended.push(trial_id),
      sweep: async () => {},
      drain: async () => {},
    },
    traceparent: () => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    onOutcome: () => {},
    onRetry: (pauseMs) => void told.retriesAfterMs.push(pauseMs),
    onLost: (reason) => void told.lost.push(reason),
    ...fault,
  };
  await new RunningTrials().start(trial, createRunAttempt(parts as AttemptParts)).done;
  return told;
}

const THROWS: Partial<AttemptParts> = {
  traceparent() {
    throw new TypeError('a fault');
  },
};

let bridgeId: string;
beforeEach(async () => {
  bridgeId = await world.bridge('a');
});

async function claim(): Promise<ClaimedTrial> {
  await world.query('update bridge_trials set run_after = now()');
  const [trial] = await claimTrials(world.pool, { bridgeId, host: 'h', limit: 1, withStudies: true });
  if (trial === undefined) throw new Error('nothing was claimed');
  return trial;
}

const rows = () =>
  world.query('select trial_id, state, outcome, failures, losses, ending from bridge_trials order by trial_id');

test('a fault of the bridge in one attempt is a failure of its trial, and of no other', async () => {
  await world.command(...trialsOf('r', 2));
  const [faulty, other] = [await claim(), await claim()];
  expect(await attempt(faulty, THROWS)).toEqual({ retriesAfterMs: [MINUTE_MS], ended: [], lost: [] });
  expect(await rows()).toEqual([
    { trial_id: faulty.trial_id, state: 'queued', outcome: null, failures: 1, losses: 0, ending: null },
    { trial_id: other.trial_id, state: 'leased', outcome: null, failures: 0, losses: 0, ending: null },
  ]);
  expect(await world.query('select trial_id, outcome, message from bridge_attempts where outcome is not null')).toEqual(
    [{ trial_id: 't000', outcome: 'bridge_fault', message: 'a fault' }],
  );
});

test('a trial that meets the fault in every attempt has failed after its retries', async () => {
  await world.command(...trialsOf('r', 1));
  expect(await attempt(await claim(), THROWS)).toMatchObject({ retriesAfterMs: [MINUTE_MS] });
  expect(await attempt(await claim(), THROWS)).toMatchObject({ retriesAfterMs: [2 * MINUTE_MS] });
  expect(await attempt(await claim(), THROWS)).toEqual({ retriesAfterMs: [], ended: ['t000'], lost: [] });
  expect(await rows()).toEqual([
    {
      trial_id: 't000',
      state: 'ended',
      outcome: 'failed',
      failures: 3,
      losses: 0,
      ending: JSON.stringify({
        duration_ms: 0,
        error_message: 'a fault',
        error_type: 'bridge_fault',
        kind: 'failed',
      }),
    },
  ]);
});

test('an end that Postgres refuses for its data is not repeated forever', async () => {
  await world.command(...trialsOf('r', 1));
  const workers = {
    slots: 1,
    run: async () => ({
      kind: 'failed',
      reason: 'crash',
      message: 'ended',
      output: 'a\0b',
      durationMs: 1,
      retryable: true,
    }),
    renewed() {},
    async close() {},
  };
  const told = await attempt(await claim(), { workers: workers as unknown as AttemptParts['workers'] });
  expect(told).toEqual({ retriesAfterMs: [MINUTE_MS], ended: [], lost: [] });
  expect(await world.query('select outcome, message from bridge_attempts')).toEqual([
    { outcome: 'bridge_fault', message: expect.stringMatching(/invalid byte sequence/) },
  ]);
});
