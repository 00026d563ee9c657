import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { epochMs, metricOf, nameTag, paramOf, runName, tagOf } from '../../src/mlflow/entities.ts';

const point = { name: 'loss', value: 0.5, timestampMs: 1_700_000_000_000, step: 3 };

test.each([
  [0.1, '0.1'],
  [Number.NaN, '"NaN"'],
  [Number.POSITIVE_INFINITY, '"Infinity"'],
  [Number.NEGATIVE_INFINITY, '"-Infinity"'],
  [5e-324, '5e-324'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [-0, '0'],
])('writes the value %d as %s', (value, json) => {
  expect(JSON.stringify(metricOf({ ...point, value }))).toBe(
    `{"key":"loss","value":${json},"timestamp":1700000000000,"step":3}`,
  );
});

test.each([
  [Number.MAX_SAFE_INTEGER, 9_007_199_254_740_991],
  [-1, -1],
  [2n ** 63n - 1n, '9223372036854775807'],
  [-(2n ** 63n), '-9223372036854775808'],
])('writes the step %s', (step, expected) => {
  expect(metricOf({ ...point, step }).step).toBe(expected);
});

test.each([1.5, 2 ** 53, Number.NaN, 2n ** 63n, -(2n ** 63n) - 1n])('refuses the step %s', (step) => {
  expect(() => metricOf({ ...point, step })).toThrow(RangeError);
});

test.each([
  [0, 0],
  [-5, 0],
  [-62_135_596_800_000, 0],
  [253_402_300_799_999, 253_402_300_799_999],
])('writes the time %d as %d', (timestampMs, expected) => {
  expect(epochMs(timestampMs)).toBe(expected);
});

test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the time %d', (timestampMs) => {
  expect(() => metricOf({ ...point, timestampMs })).toThrow(RangeError);
});

test('cuts params at 6,000 characters, tags at 8,000 and names of runs at 250', () => {
  const long = 'x'.repeat(20_000);
  expect(paramOf('p', long).value).toHaveLength(6_000);
  expect(tagOf('t', long).value).toHaveLength(8_000);
  expect(runName('r'.repeat(255))).toBe(`${'r'.repeat(249)}…`);
});

test('keeps the name of a renamed entity in a tag', () => {
  expect(nameTag('loss')).toBeUndefined();
  expect(nameTag('top(1)')).toEqual({
    key: expect.stringMatching(/^thunderline\.name\.top_1__[0-9a-f]{8}$/),
    value: 'top(1)',
  });
});

describe('for any point, param and tag', () => {
  const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  test('every field has exactly the type that MLflow reads', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.maxSafeInteger(),
        fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        (name, value, timestampMs, step) => {
          const metric = json(metricOf({ name, value, timestampMs, step })) as Record<string, unknown>;
          expect(
            Number.isFinite(metric.value) || ['NaN', 'Infinity', '-Infinity'].includes(metric.value as string),
          ).toBe(true);
          expect(Number.isSafeInteger(metric.timestamp) && (metric.timestamp as number) >= 0).toBe(true);
          expect(Number.isSafeInteger(metric.step) || /^-?\d+$/.test(metric.step as string)).toBe(true);
          for (const entry of [paramOf(name, name), tagOf(name, name)]) {
            const { key, value: text } = json(entry) as Record<string, string>;
            expect(key?.isWellFormed() && text?.isWellFormed() && !text.includes('\0')).toBe(true);
          }
        },
      ),
    );
  });
});
