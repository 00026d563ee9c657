import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AttemptParts, createRunAttempt } from '../../../src/bridge/dispatch/run-attempt.ts';
import { RunningTrials } from '../../../src/bridge/dispatch/running-trials.ts';
import { createLog } from '../../../src/log.ts';
import { type ClaimedTrial, claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import { createQueueWorld, type QueueWorld, trialsOf } from '../queue/world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
afterAll(() => world.close());

test('a fault of the bridge in one attempt gives its trial back, and no other', async () => {
  const bridgeId = await world.bridge('a');
  await world.command(...trialsOf('r', 2));
  const claimed = await claimTrials(world.pool, { bridgeId, host: 'h', limit: 2, withStudies: true });
  const faulty = claimed.find(({ trial_id }) => trial_id === 't000');
  const lost: string[] = [];
  const parts: Partial<AttemptParts> = {
    pool: world.pool,
    studies: undefined,
    retry: { retries: 2, backoffMs: 1 },
    log: createLog('silent'),
    metrics: world.metrics,
    traceparent() {
      throw new TypeError('a fault');
    },
    onLost: (reason) => void lost.push(reason),
  };
  const running = new RunningTrials();
  await running.start(faulty as ClaimedTrial, createRunAttempt(parts as AttemptParts)).done;
  expect(lost).toEqual([]);
  expect(
    await world.query(
      'select trial_id, state, failures, losses, run_after > now() as waits from bridge_trials order by trial_id',
    ),
  ).toEqual([
    { trial_id: 't000', state: 'queued', failures: 0, losses: 0, waits: true },
    { trial_id: 't001', state: 'leased', failures: 0, losses: 0, waits: false },
  ]);
  expect(await world.query('select trial_id, outcome, message from bridge_attempts where outcome is not null')).toEqual(
    [{ trial_id: 't000', outcome: 'bridge_fault', message: 'a fault' }],
  );
});
