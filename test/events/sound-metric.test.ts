import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EventOf } from '../../src/events/event.ts';
import { faultsOf } from '../../src/events/event-faults.ts';
import { isSoundMetric } from '../../src/events/sound-metric.ts';
import { EVENT_ARBITRARIES } from '../arbitraries/events.ts';

/** Values at which rules turn, for one field of a record as another producer may write it. */
const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  event_id: ['', 'trial-7', '0AFE9C7E-1B2C-4D3E-8F90-123456789ABC'],
  timestamp: [-62_135_596_800_001, 253_402_300_799_999, 253_402_300_800_000],
  received_at: [-62_135_596_800_001, 0, 253_402_300_800_000],
  model_run_id: ['', '.', '..', 'x'.repeat(255), 'x'.repeat(256), 'a\n', '😀'],
  trial_id: [null, '', '.', 'a\u0085', '\ud800'],
  attempt: [-1, 0, 0.5, 99_999, 100_000],
  mlflow_run_id: ['', '..', 'x'.repeat(256)],
  source: ['\0', '😀'],
  correlation_id: ['', '\u007f'],
  step: [-1, 0.5, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, Number.NaN],
  metadata: [null, '{', '[]', '{}'],
  measurements: [{}, { '': 1 }, { 'a\n': 1 }, { ['x'.repeat(256)]: 1 }, { a: Number.NaN }],
};

const field = fc.constantFrom(
  ...Object.entries(FIELDS).flatMap(([name, values]) => values.map((value) => [name, value])),
);

/** The table alone: the name of another event with the same fields would not reach the short cut. */
const withMetadata = (event: EventOf<'ml.run.metric'>) => ({ ...event, metadata: event.metadata ?? '{}' });

test('isSoundMetric is true only for metric events without a fault by the table', () => {
  let sound = 0;
  fc.assert(
    fc.property(EVENT_ARBITRARIES['ml.run.metric'], fc.array(field, { maxLength: 2 }), (event, changes) => {
      const base = { ...event, metadata: null, received_at: event.timestamp };
      const changed = { ...base, ...Object.fromEntries(changes) } as EventOf<'ml.run.metric'>;
      if (!isSoundMetric(changed)) return;
      sound += 1;
      expect(faultsOf(withMetadata(changed))).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
  expect(sound).toBeGreaterThan(200);
});

test('isSoundMetric is true for an ordinary metric event', () => {
  fc.assert(
    fc.property(EVENT_ARBITRARIES['ml.run.metric'], (event) => {
      const ordinary = { ...event, metadata: null, received_at: event.timestamp, trial_id: 't', model_run_id: 'r' };
      const plain = { ...ordinary, mlflow_run_id: null, source: null, correlation_id: null, measurements: { loss: 1 } };
      expect(isSoundMetric(plain)).toBe(true);
    }),
  );
});
