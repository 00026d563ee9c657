import { describe, expect, test } from '@jest/globals';
import { accept, refuse } from './receive.ts';

const stop = (input: object) => accept('ml.run.stop', { trial_id: 't', ...input });
const faultsOf = (input: object): string[] => refuse({ event: 'ml.run.stop', trial_id: 't', ...input });

describe('parseEvent reads the state of a stop', () => {
  test.each<[string, object, string]>([
    ['completed', { state: 'completed' }, 'completed'],
    ['failed', { state: 'failed' }, 'failed'],
    ['cancelled', { state: 'cancelled' }, 'cancelled'],
    ['in metadata', { metadata: { state: 'cancelled' } }, 'cancelled'],
    ['success', { metadata: { success: true } }, 'completed'],
    ['success, flat', { success: true }, 'completed'],
    ['no success', { metadata: { success: false } }, 'failed'],
    ['"true"', { metadata: { success: 'true' } }, 'completed'],
    ['0', { success: 0 }, 'failed'],
    ['both, agreeing', { state: 'completed', success: true, metadata: { success: 1 } }, 'completed'],
    ['failed without success', { state: 'failed', metadata: { success: false } }, 'failed'],
    ['cancelled without success', { state: 'cancelled', metadata: { success: false } }, 'cancelled'],
    ['null is absent', { state: null, success: null, metadata: { success: true } }, 'completed'],
  ])('accepts: %s', (_, input, state) => {
    expect(stop(input).state).toBe(state);
  });

  test.each<[string, object, string[]]>([
    ['absent', {}, ['missing_field state']],
    ['another', { state: 'done' }, ['invalid_value state']],
    ['another case', { state: 'Completed' }, ['invalid_value state']],
    ['a boolean', { state: true }, ['invalid_value state']],
    ['twice, different', { state: 'failed', metadata: { state: 'completed' } }, ['field_conflict state']],
    [
      'completed without success',
      { state: 'completed', metadata: { success: false } },
      ['field_conflict metadata.success'],
    ],
    ['cancelled with success', { state: 'cancelled', success: true }, ['field_conflict success']],
    ['two successes, different', { success: true, metadata: { success: false } }, ['field_conflict metadata.success']],
    ['a success of another kind', { metadata: { success: 'yes' } }, ['invalid_value metadata.success']],
    ['absent beside a metric that is called success', { measurements: { success: true } }, ['missing_field state']],
  ])('rejects: %s', (_, input, faults) => {
    expect(faultsOf(input)).toEqual(faults);
  });
});

describe('parseEvent reads the final metrics of a stop', () => {
  const done = { state: 'completed' };
  test.each<[string, object, unknown, unknown]>([
    ['none', {}, null, null],
    ['from measurements', { measurements: { acc: 1 } }, { acc: 1 }, null],
    ['from metrics', { metrics: { acc: 1 } }, { acc: 1 }, null],
    ['from both', { metrics: { a: 1 }, measurements: { b: 'NaN' } }, { a: 1, b: Number.NaN }, null],
    ['less the duration', { measurements: { duration_ms: 45000, acc: 1 } }, { acc: 1 }, 45000],
    ['only the duration', { measurements: { duration_ms: 45000 } }, null, 45000],
    ['the duration twice, equal', { duration_ms: 5, measurements: { duration_ms: 5 } }, null, 5],
    ['a duration in metadata', { metadata: { duration_ms: 1.5 } }, null, 1.5],
    ['no duration at all is 0', { duration_ms: 0, metrics: { acc: 1 } }, { acc: 1 }, 0],
    ['a metric called so, of another value', { duration_ms: 5, metrics: { duration_ms: 7 } }, { duration_ms: 7 }, 5],
    ['empty', { measurements: {} }, {}, null],
  ])('accepts: %s', (_, input, metrics, duration_ms) => {
    expect(stop({ ...done, ...input })).toMatchObject({ metrics, duration_ms });
  });

  test.each<[string, object, string[]]>([
    ['a negative duration', { duration_ms: -1 }, ['invalid_value duration_ms']],
    [
      'a negative duration among measurements',
      { measurements: { duration_ms: -1 } },
      ['invalid_value measurements.duration_ms'],
    ],
    ['a duration that is no number', { duration_ms: '45 s' }, ['invalid_type duration_ms']],
    ['durations that differ', { duration_ms: 5, measurements: { duration_ms: 6 } }, ['field_conflict duration_ms']],
    ['metrics that differ', { metrics: { a: 1 }, measurements: { a: 2 } }, ['field_conflict measurements.a']],
  ])('rejects, or not: %s', (_, input, faults) => {
    expect(faultsOf({ ...done, ...input })).toEqual(faults);
  });
});
