import { expect, test } from '@jest/globals';
import { RunningTrials } from '../../../src/bridge/dispatch/running-trials.ts';
import type { ClaimedTrial } from '../../../src/store/tables/bridge-claims.ts';

const trialOf = (trial_id: string, bridge_id: string): ClaimedTrial => ({
  model_run_id: 'r',
  trial_id,
  epoch: 1,
  bridge_id,
  command_id: 'c',
  requested_at: 0,
  failures: 0,
  losses: 0,
  hyperparams: '{}',
  payload: null,
  spectral_norm: null,
  timeout_ms: null,
  correlation_id: null,
  traceparent: null,
  optuna_number: null,
  study: null,
});

test('a lost lease kills an attempt that is being cancelled', () => {
  const running = new RunningTrials();
  const entry = running.start(trialOf('t', 'a'), () => new Promise(() => {}));
  entry.stop('cancelled');
  expect([entry.stopped, entry.signal.aborted, entry.kill.aborted]).toEqual(['cancelled', true, false]);
  running.stopAll('lost');
  expect([entry.stopped, entry.signal.aborted, entry.kill.aborted]).toEqual(['lost', true, true]);
});

test('the attempts of one lease are awaited without those of another', async () => {
  const running = new RunningTrials();
  const ending = Promise.withResolvers<void>();
  const order: string[] = [];
  running.start(trialOf('t', 'old'), () => ending.promise);
  running.start(trialOf('u', 'new'), () => new Promise(() => {}));
  const done = running.done('old').then(() => order.push('done'));
  await running.done('other');
  order.push('resolves');
  ending.resolve();
  await done;
  expect(order).toEqual(['resolves', 'done']);
  expect([running.has(trialOf('t', 'old')), running.has(trialOf('u', 'new'))]).toEqual([false, true]);
});
