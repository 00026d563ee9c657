import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isDrawableX, zoomed } from '../../../web/charts/x-range.ts';
import { doubles } from './doubles.ts';

const NOW_S = Date.UTC(2026, 4, 4) / 1_000;

describe('a range of the x axis in an address', () => {
  test.each([
    ['step', 10, 250, true],
    ['step', 10, 11, true],
    ['step', 10, 10.5, false],
    ['step', 2 ** 60 - 256, 2 ** 60 + 256, true],
    ['step', -1e308, 1e308, false],
    ['relative', 0, 1, true],
    ['relative', 0, 0.5, false],
    ['relative', 0, 1e300, false],
    ['clock', NOW_S, NOW_S + 0.001, true],
    ['clock', NOW_S, NOW_S + 0.0001, false],
    ['clock', 1e300, 2e300, false],
    ['metric', 1, 1 + Number.EPSILON, false],
    ['metric', 1e-5, 1e300, true],
  ] as const)('%s from %p to %p: %p', (x, low, high, isPossible) => {
    expect(isDrawableX(x, { low, high })).toBe(isPossible);
  });
});

test.each([
  [2.4812, 4.6, { low: 2, high: 5 }],
  [2.2, 2.6, { low: 2, high: 3 }],
  [7, 7, { low: 6, high: 8 }],
  [2 ** 60, 2 ** 60, { low: 2 ** 60 - 256, high: 2 ** 60 + 256 }],
])('a zoom into steps from %p to %p is %j', (low, high, range) => {
  expect(zoomed('step', { low, high })).toEqual(range);
});

test('a zoom by any drag can be drawn, and contains it', () => {
  fc.assert(
    fc.property(fc.constantFrom('step', 'metric'), doubles, doubles, (x, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      if (!Number.isFinite(high - low)) return;
      const range = zoomed(x, { low, high });
      expect(isDrawableX(x, range)).toBe(true);
      if (isDrawableX(x, { low, high })) expect(range.low <= low && range.high >= high).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  const instant = zoomed('clock', { low: NOW_S, high: NOW_S });
  expect(isDrawableX('clock', instant)).toBe(true);
});
