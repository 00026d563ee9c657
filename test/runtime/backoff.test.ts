import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from '../../src/runtime/backoff.ts';

const policy = { firstMs: 100, greatestMs: 10_000 };

test.each([
  [1, 0, 50],
  [1, 1, 100],
  [2, 1, 200],
  [3, 0.5, 300],
  [7, 1, 6_400],
  [8, 1, 10_000],
  [8, 0, 5_000],
  [2_000, 1, 10_000],
])('attempt %d with chance %d waits %d ms', (attempt, random, pauseMs) => {
  expect(backoffMs(policy, attempt, random)).toBe(pauseMs);
});

test('a pause is positive, at most the greatest, and at least half of the pause before jitter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const pauseMs = backoffMs(policy, attempt, random);
      const called = Math.min(policy.greatestMs, policy.firstMs * 2 ** (attempt - 1));
      expect(pauseMs).toBeGreaterThanOrEqual(called / 2);
      expect(pauseMs).toBeLessThanOrEqual(called);
      expect(Number.isInteger(pauseMs)).toBe(true);
    }),
  );
});
