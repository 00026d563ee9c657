import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { grownRange, isDrawable, rangeOf, rangeTexts, widened } from '../../../web/charts/ranges.ts';
import { hasPlace, placing } from '../../../web/charts/scales.ts';
import { doubles, scales } from './doubles.ts';

test.each([
  ['no values', [], 'linear', { low: 0, high: 1 }],
  ['NaN and infinities', [Number.NaN, Number.POSITIVE_INFINITY, 1, 3], 'linear', { low: 0.9, high: 3.1 }],
  ['one value', [2], 'linear', { low: 1.9, high: 2.1 }],
  ['only zeros', [0, 0], 'linear', { low: -1, high: 1 }],
  ['zeros on a log axis', [0, -1, 10, 1000], 'log', { low: 10 / 1.1, high: 1100 }],
  ['nothing above 0 on a log axis', [0], 'log', { low: 0.1, high: 10 }],
  ['1 on an axis of nines', [1, 0.9, 0.99], 'nines', { low: 1 - 10 ** -0.95, high: 1 - 10 ** -2.05 }],
  ['nothing below 1 on an axis of nines', [1], 'nines', { low: 0, high: 0.99 }],
] as const)('the range of %s', (_, values, scale, range) => {
  const { low, high } = rangeOf(values, scale);
  expect(low).toBeCloseTo(range.low, 9);
  expect(high).toBeCloseTo(range.high, 9);
});

test('a symmetric logarithmic axis of values above 0 has little room below them', () => {
  const range = rangeOf([0, 1e300], 'symlog');
  expect(placing('symlog', range)(0)).toBeLessThan(0.1);
});

test('the range of any values is finite, has a width, and can be drawn', () => {
  fc.assert(
    fc.property(fc.array(doubles, { maxLength: 4 }), scales, (values, scale) => {
      const { low, high } = rangeOf(values, scale);
      expect(hasPlace(scale, low) && hasPlace(scale, high) && low < high).toBe(true);
      for (const value of values) if (hasPlace(scale, value)) expect(value >= low && value <= high).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('a range that grows shows what it has shown and the new values', () => {
  fc.assert(
    fc.property(fc.array(doubles, { minLength: 1, maxLength: 4 }), doubles, scales, (values, value, scale) => {
      const held = rangeOf(values, scale);
      if (!hasPlace(scale, value)) return;
      const { low, high } = grownRange(held, { low: value, high: value }, scale);
      expect(low <= Math.min(held.low, value) && high >= Math.max(held.high, value)).toBe(true);
      expect(hasPlace(scale, low) && hasPlace(scale, high)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

describe('a range that the user has set', () => {
  test.each([
    [1, 2, 'linear', true],
    [1e-300, 1, 'log', true],
    [5e-324, 1e308, 'log', true],
    [0, 1, 'log', false],
    [1, 1 + Number.EPSILON, 'linear', false],
    [1, 1 + 1e-11, 'symlog', true],
    [2, 1, 'linear', false],
    [1, 1, 'linear', false],
    [0.9, 1, 'nines', false],
    [0.9, 0.999, 'nines', true],
    [-1e308, 1e308, 'linear', false],
    [Number.NaN, 1, 'linear', false],
    [0, 5e-324, 'linear', false],
  ] as const)('from %p to %p on a %s axis: %p', (low, high, scale, isPossible) => {
    expect(isDrawable({ low, high }, scale)).toBe(isPossible);
  });
});

test.each([
  [1e300, 1e300],
  [1, 1 + Number.EPSILON],
  [5e-324, 5e-324],
  [Number.MAX_VALUE, Number.MAX_VALUE],
])('from %p to %p, a range is made wide enough to be drawn', (low, high) => {
  const range = widened({ low, high });
  expect(range.low < range.high).toBe(true);
  expect(Number.isFinite(range.low) && Number.isFinite(range.high)).toBe(true);
});

test('the texts of a range are its ends, within a thousandth of its width', () => {
  fc.assert(
    fc.property(doubles, doubles, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      if (!isDrawable({ low, high }, 'linear')) return;
      const [first, last] = rangeTexts({ low, high }).map(Number) as [number, number];
      expect(Math.max(Math.abs(first - low), Math.abs(last - high)) <= (high - low) / 1_000).toBe(true);
    }),
  );
});
