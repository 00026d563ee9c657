import { describe, expect, test } from '@jest/globals';
import { EVENT_LIMITS } from '../../src/events/fault.ts';
import { accept, refuse } from './receive.ts';

const metric = (input: object) => accept('ml.run.metric', { trial_id: 't', ...input });
const faultsOf = (input: object): string[] => refuse({ event: 'ml.run.metric', trial_id: 't', ...input });
const loss = { measurements: { loss: 1 } };

describe('parseEvent reads measurements', () => {
  test.each<[string, object, Readonly<Record<string, number>>]>([
    ['by name', { measurements: { a: 1, b: 2.5 } }, { a: 1, b: 2.5 }],
    ['one, flat', { metric_name: 'a', metric_value: 0.5 }, { a: 0.5 }],
    ['flat beside by name', { metric_name: 'a', metric_value: 1, measurements: { b: 2 } }, { a: 1, b: 2 }],
    ['twice the same', { metric_name: 'a', metric_value: 1, measurements: { a: 1 } }, { a: 1 }],
    ['NaN twice', { metric_name: 'a', metric_value: 'NaN', measurements: { a: 'NaN' } }, { a: Number.NaN }],
    ['in metadata', { metadata: { measurements: { a: 1 } } }, { a: 1 }],
    ['in two places', { measurements: { a: 1 }, metadata: { measurements: { b: 2 } } }, { a: 1, b: 2 }],
    [
      'not finite',
      { measurements: { a: 'NaN', b: 'Infinity', c: '-Infinity' } },
      { a: Number.NaN, b: Infinity, c: -Infinity },
    ],
    ['not finite, flat', { metric_name: 'a', metric_value: '-Infinity' }, { a: -Infinity }],
    ['-0', { measurements: { a: -0 } }, { a: -0 }],
    ['-0 beside 0', { measurements: { a: -0 }, metadata: { measurements: { a: 0 } } }, { a: -0 }],
    ['of names that objects have', { measurements: { constructor: 1, toString: 2 } }, { constructor: 1, toString: 2 }],
    ['duration_ms is one like any other', { measurements: { duration_ms: -1 } }, { duration_ms: -1 }],
    ['null is absent beside others', { ...loss, metric_name: null, metric_value: null }, { loss: 1 }],
    ['null is absent among others', { measurements: { a: null, b: 1 } }, { b: 1 }],
    [
      'null in one place and a value in another',
      { measurements: { a: null }, metadata: { measurements: { a: 1 } } },
      { a: 1 },
    ],
    ['booleans, as Python counts them', { measurements: { a: true, b: false } }, { a: 1, b: 0 }],
    ['a boolean, flat', { metric_name: 'a', metric_value: true }, { a: 1 }],
    [
      'numbers as text',
      { measurements: { a: '0.5', b: '1e-05', c: '-3', d: '1E+2' } },
      { a: 0.5, b: 1e-5, c: -3, d: 100 },
    ],
    ['a number as text, flat', { metric_name: 'a', metric_value: '0.5' }, { a: 0.5 }],
    ['a number and the same as text', { measurements: { a: 1 }, metadata: { measurements: { a: '1.0' } } }, { a: 1 }],
    [
      'not finite, as Python and NumPy print it',
      { measurements: { a: 'nan', b: 'inf', c: '-inf' } },
      { a: Number.NaN, b: Infinity, c: -Infinity },
    ],
    ['the smallest doubles', { measurements: { a: 5e-324, b: '5e-324' } }, { a: 5e-324, b: 5e-324 }],
    ['-0 as text', { measurements: { a: '-0.0' } }, { a: -0 }],
  ])('accepts %s', (_, input, measurements) => {
    expect(metric(input).measurements).toStrictEqual(measurements);
  });

  const noMetric = 'missing_field metric_name';
  test.each<[string, object, string[]]>([
    ['absent', {}, [noMetric]],
    ['null', { measurements: null }, [noMetric]],
    ['empty', { measurements: {} }, ['missing_field measurements']],
    ['empty beside flat', { measurements: {}, metric_name: 'a', metric_value: 1 }, []],
    ['an array', { measurements: [1] }, ['invalid_type measurements']],
    ['a number', { measurements: 1 }, ['invalid_type measurements']],
    ['of null only', { measurements: { a: null } }, ['missing_field measurements']],
    ['of a text that is no number', { measurements: { a: '1.5 ' } }, ['invalid_type measurements.a']],
    ['of an empty text', { measurements: { a: '' } }, ['invalid_type measurements.a']],
    ['of a hexadecimal text', { measurements: { a: '0x10' } }, ['invalid_type measurements.a']],
    ['of a text with a comma', { measurements: { a: '0,5' } }, ['invalid_type measurements.a']],
    ['of "tensor(0.5)"', { measurements: { a: 'tensor(0.5)' } }, ['invalid_type measurements.a']],
    ['of "True"', { measurements: { a: 'True' } }, ['invalid_type measurements.a']],
    ['text beyond a double', { measurements: { a: '1e999' } }, ['number_out_of_range measurements.a']],
    ['text that would become 0', { measurements: { a: '-1e-400' } }, ['number_out_of_range measurements.a']],
    ['of "constructor"', { measurements: { a: 'constructor' } }, ['invalid_type measurements.a']],
    ['beyond a double', { measurements: { a: Infinity } }, ['number_out_of_range measurements.a']],
    ['null without a name', { measurements: { '': null, a: 1 } }, ['invalid_value measurements.']],
    ['without a name', { measurements: { '': 1 } }, ['invalid_value measurements.']],
    ['of a name with a control character', { measurements: { 'a\n': 1 } }, ['control_character measurements.a\n']],
    ['of a name too long', { measurements: { ['x'.repeat(256)]: 1 } }, [`too_long measurements.${'x'.repeat(256)}`]],
    ['__proto__', JSON.parse('{"measurements":{"__proto__":1,"a":1}}'), ['forbidden_key measurements.__proto__']],
    ['__proto__, flat', { metric_name: '__proto__', metric_value: 1 }, ['forbidden_key metric_name']],
    ['a name without a value', { metric_name: 'a' }, ['missing_field metric_value']],
    ['a value without a name', { metric_value: 1 }, ['missing_field metric_name']],
    ['a flat value of the wrong type', { metric_name: 'a', metric_value: [1] }, ['invalid_type metric_value']],
    [
      'both flat ones faulty',
      { metric_name: 1, metric_value: [] },
      ['invalid_type metric_name', 'invalid_type metric_value'],
    ],
    [
      'twice, different',
      { metric_name: 'a', metric_value: 1, measurements: { a: 2 } },
      ['field_conflict measurements.a'],
    ],
    [
      'different in two places',
      { measurements: { a: 1 }, metadata: { measurements: { a: 2 } } },
      ['field_conflict metadata.measurements.a'],
    ],
  ])('rejects, or not: %s', (_, input, faults) => {
    expect(faultsOf(input)).toEqual(faults);
  });

  test('bounds the number of metrics over all places', () => {
    const many = (count: number, prefix: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index]));
    const { maxMetrics } = EVENT_LIMITS;
    expect(faultsOf({ measurements: many(maxMetrics, 'a') })).toEqual([]);
    expect(faultsOf({ measurements: many(maxMetrics + 1, 'a') })).toEqual(['too_many measurements']);
    expect(faultsOf({ measurements: many(maxMetrics, 'a'), metric_name: 'b', metric_value: 1 })).toEqual([
      'too_many measurements',
    ]);
    expect(faultsOf({ measurements: many(600, 'a'), metadata: { measurements: many(600, 'b') } })).toEqual([
      'too_many metadata.measurements',
    ]);
  });
});

describe('parseEvent reads the step', () => {
  test.each<[string, object, number]>([
    ['absent', {}, 0],
    ['null', { step: null }, 0],
    ['given', { step: 42 }, 42],
    ['in metadata', { metadata: { step: 42 } }, 42],
    ['in both, equal', { step: 42, metadata: { step: 42 } }, 42],
    ['the epoch', { epoch: 3 }, 3],
    ['the epoch in metadata', { metadata: { epoch: 3 } }, 3],
    ['0 before an epoch', { step: 0, metadata: { epoch: 3 } }, 0],
    ['before an epoch of its own', { step: 42, epoch: 3 }, 42],
    ['before an epoch in metadata', { step: 42, metadata: { epoch: 3 } }, 42],
    ['in metadata, before an epoch there', { metadata: { step: 42, epoch: 3 } }, 42],
    ['before an epoch that is no number', { step: 42, metadata: { epoch: '3/10' } }, 42],
    ['a fraction of the first epoch', { epoch: 0.33 }, 0],
    ['completed epochs and a fraction', { metadata: { epoch: 2.67 } }, 2],
    ['an epoch as text', { epoch: '3' }, 3],
    ['a fraction of an epoch as text', { metadata: { epoch: '2.67' } }, 2],
    ['an epoch and the same as text', { epoch: 1, metadata: { epoch: '1' } }, 1],
    ['a fraction of an epoch and the same as text', { epoch: '1.50', metadata: { epoch: 1.5 } }, 1],
    ['an epoch and the same as text, beside a step', { step: 7, epoch: '3', metadata: { epoch: 3 } }, 7],
    ['two epochs 0, one of them negative', { epoch: -0, metadata: { epoch: 0 } }, 0],
    ['as text', { step: '42' }, 42],
    ['as text of a float', { step: '42.0' }, 42],
    ['zero as text', { step: '0' }, 0],
    ['-0', { step: -0 }, 0],
    ['as large as a record can hold', { step: 2 ** 53 - 2 }, 2 ** 53 - 2],
  ])('accepts: %s', (_, input, step) => {
    expect(metric({ ...loss, ...input }).step).toBe(step);
  });

  test.each<[string, object, string[]]>([
    ['negative', { step: -1 }, ['invalid_value step']],
    ['a fraction', { step: 1.5 }, ['invalid_value step']],
    ['a text that is no integer', { step: '1.5' }, ['invalid_type step']],
    ['a negative text', { step: '-1' }, ['invalid_type step']],
    ['an empty text', { step: '' }, ['invalid_type step']],
    ['true', { step: true }, ['invalid_type step']],
    ['a negative epoch', { epoch: -1 }, ['invalid_value epoch']],
    ['an epoch that is no number', { metadata: { epoch: '3/10' } }, ['invalid_type metadata.epoch']],
    ['an epoch beyond what a record can hold', { epoch: 2 ** 53 }, ['invalid_value epoch']],
    ['beyond what a record can hold', { step: 2 ** 53 - 1 }, ['invalid_value step']],
    ['given twice, different', { step: 1, metadata: { step: 2 } }, ['field_conflict step']],
    ['two epochs, different', { epoch: 1, metadata: { epoch: 2 } }, ['field_conflict epoch']],
    ['two epochs, different, as text', { epoch: 1, metadata: { epoch: '2' } }, ['field_conflict epoch']],
    ['two parts of one epoch', { epoch: 1.5, metadata: { epoch: '1.7' } }, ['field_conflict epoch']],
    ['two epochs that are no numbers', { step: 1, epoch: 'a', metadata: { epoch: 'b' } }, ['field_conflict epoch']],
    ['two epochs, different, beside a step', { step: 1, epoch: 1, metadata: { epoch: 2 } }, ['field_conflict epoch']],
  ])('rejects: %s', (_, input, faults) => {
    expect(faultsOf({ ...loss, ...input })).toEqual(faults);
  });

  test('keeps an epoch in metadata, with and without a step', () => {
    for (const input of [{ epoch: 3 }, { step: 42, epoch: 3 }, { step: 42, metadata: { epoch: 3 } }]) {
      expect(metric({ ...loss, ...input }).metadata).toBe('{"epoch":3}');
    }
    expect(metric({ ...loss, epoch: 0.33 }).metadata).toBe('{"epoch":0.33}');
  });
});

test('parseEvent reports a missing metric beside a faulty step', () => {
  expect(faultsOf({ metadata: { step: -1 } })).toEqual(['invalid_value metadata.step', 'missing_field metric_name']);
});
