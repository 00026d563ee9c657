import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EVENT_RECORDS, type MlEvent } from '../../../src/events/event.ts';
import { addEvent, emptyRow, type Group } from '../../../src/events/merge.ts';
import { eventText } from '../../../src/live/event-text.ts';
import type { LiveEvent } from '../../../src/live/frames.ts';
import { applyEvent } from '../../../web/data/apply-event.ts';
import { crowdedEventArbitrary } from '../../arbitraries/events.ts';

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

test('a later attempt has nothing of the result before it', () => {
  const first = event('ml.trial.complete', 1, { metrics: { loss: 1 }, rank: 3, duration_ms: 5 });
  expect(after(first, event('ml.trial.start', 2))).toMatchObject({
    ...{ status: 'running', attempt: 2, metrics: {}, rank: null, duration_ms: null },
  });
  expect(after(first, event('ml.trial.failed', 2, { error_type: 'E' }))).toMatchObject({
    status: 'failed',
    metrics: {},
  });
});

test('a second end of an attempt adds what the first one did not set', () => {
  const ends = [event('ml.run.stop', 1, { duration_ms: 5 }), event('ml.trial.complete', 1, { metrics: { loss: 1 } })];
  expect(after(...ends)).toMatchObject({ metrics: { loss: 1 }, duration_ms: 5 });
});

test('an event from before an answer changes nothing of it', () => {
  const answer = after(event('ml.trial.start', 1), {
    ...event('ml.trial.complete', 1, { metrics: { loss: 1 } }),
    timestamp: 1_700_000_009_000,
  });
  const { versions: _, ...row } = answer as NonNullable<typeof answer>;
  expect(applyEvent(row, event('ml.run.stop', 1, { metrics: { loss: 2 } }))).toMatchObject({ metrics: { loss: 1 } });
});

/** The event as the feed sends it. */
const live = (each: MlEvent): LiveEvent =>
  JSON.parse(
    eventText({ name: EVENT_RECORDS[each.event], record: each } as unknown as Parameters<typeof eventText>[0]),
  );

test('the row of a trial is the one that the server merges, in any order and however often an event arrives', () => {
  const events = fc.array(crowdedEventArbitrary, { minLength: 1, maxLength: 8 }).map((list) =>
    list
      .filter((each) => each.event !== 'ml.run.metric')
      .map((each, at) => ({
        ...{ ...each, model_run_id: 'r', trial_id: 't', attempt: each.attempt % 4 },
        event_id: `00000000-0000-7000-8000-00000000000${at}`,
      })),
  );
  const orders = events.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length, maxLength: 2 * list.length }),
    ),
  );
  fc.assert(
    fc.property(orders, ([list, order]) => {
      const row = emptyRow('r', 't');
      for (const each of list) addEvent(row, each as MlEvent);
      const said = (group: Group, at = 0): unknown => row.said[group]?.values[at] ?? null;
      const timeOf = (time: unknown): string | null => (time === null ? null : new Date(Number(time)).toISOString());
      const fed = after(...order.map((each) => live(each as MlEvent)));
      if (list.length === 0) return expect(fed).toBeUndefined();
      expect(fed).toMatchObject({
        status: said('outcome'),
        attempt: row.said.outcome?.attempt,
        started_at: timeOf(row.started_at),
        completed_at: timeOf(said('outcome', 1)),
        error_type: said('outcome', 2),
        error_message: said('outcome', 3),
        duration_ms: said('duration'),
        rank: said('rank'),
        spectral_norm: said('spectral_norm') ?? false,
        mlflow_run_id: said('mlflow'),
      });
      const numbers = Object.entries(fed?.metrics ?? {}).map(([name, value]) => [name, Number(value) + 0]);
      const stored = Object.entries((said('metrics') ?? {}) as Record<string, number>);
      expect(Object.fromEntries(numbers)).toEqual(Object.fromEntries(stored.map(([name, value]) => [name, value + 0])));
    }),
    { numRuns: 1_000 },
  );
});
