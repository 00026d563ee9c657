import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LiveEvent } from '../../../src/live/frames.ts';
import { applyEvent } from '../../../web/data/apply-event.ts';

const event = (name: string, attempt: number, more: object = {}): LiveEvent => ({
  event: name,
  event_id: `${name}${attempt}`,
  model_run_id: 'r',
  trial_id: 't',
  timestamp: 1_700_000_000_000 + attempt,
  attempt,
  ...more,
});

const after = (...events: LiveEvent[]) =>
  events.reduce<ReturnType<typeof applyEvent>>((row, each) => applyEvent(row, each), undefined);

test.each([
  ['a command', [event('command', 0, { operation: 'run_trial' })], 'queued'],
  ['a start', [event('ml.run.start', 0)], 'running'],
  ['an end', [event('ml.trial.start', 0), event('ml.trial.complete', 0)], 'completed'],
  ['a pruned end', [event('ml.trial.failed', 0, { error_type: 'pruned' })], 'skipped'],
  ['a failed stop', [event('ml.run.stop', 0, { state: 'failed' })], 'failed'],
  ['a cancelled stop', [event('ml.run.stop', 0, { state: 'cancelled' })], 'cancelled'],
  ['a start after an end', [event('ml.trial.complete', 0), event('ml.trial.start', 0)], 'completed'],
  ['a second attempt', [event('ml.trial.failed', 0), event('ml.trial.start', 1)], 'running'],
  ['a late word of the first attempt', [event('ml.trial.start', 1), event('ml.trial.failed', 0)], 'running'],
])('after %s', (_, events, status) => {
  expect(after(...events)?.status).toBe(status);
});

test('an event that arrives twice changes nothing', () => {
  const kinds = fc.constantFrom('ml.trial.start', 'ml.trial.complete', 'ml.trial.failed', 'ml.run.stop', 'command');
  const events = fc.array(fc.tuple(kinds, fc.nat(2)).map(([name, attempt]) => event(name, attempt)));
  fc.assert(
    fc.property(events, (list) => {
      expect(after(...list.flatMap((each) => [each, each]))).toEqual(after(...list));
    }),
  );
});

test('an event about the whole run is about no trial', () => {
  expect(after({ ...event('ml.run.start', 0), trial_id: null })).toBeUndefined();
});
