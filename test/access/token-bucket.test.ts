import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TokenBucket } from '../../src/access/token-bucket.ts';

test('a token bucket never gives more than its capacity and its rate', () => {
  const step = fc.record({ passMs: fc.nat(5_000), cost: fc.integer({ min: 1, max: 300 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const rate = { perSecond: 50, capacity: 100 };
      const bucket = new TokenBucket(rate, 0);
      let nowMs = 0;
      let taken = 0;
      let largest = 0;
      for (const { passMs, cost } of steps) {
        nowMs += passMs;
        if (bucket.waitMs(cost, nowMs) > 0) continue;
        bucket.take(cost, nowMs);
        taken += cost;
        largest = Math.max(largest, cost);
        // A cost beyond the capacity is lent once, and paid back before anything else.
        const allowed = rate.capacity + (nowMs / 1_000) * rate.perSecond + Math.max(0, largest - rate.capacity);
        expect(taken).toBeLessThanOrEqual(allowed + 1e-6);
      }
    }),
  );
});

test('a token bucket gives after the wait that it returned, and not before', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.integer({ min: 1, max: 500 }), (spent, cost) => {
      const bucket = new TokenBucket({ perSecond: 7, capacity: 100 }, 0);
      bucket.take(spent, 0);
      const waitMs = bucket.waitMs(cost, 0);
      expect(bucket.waitMs(cost, waitMs + 1e-6)).toBe(0);
      if (waitMs > 1) expect(bucket.waitMs(cost, waitMs - 1)).toBeGreaterThan(0);
    }),
  );
});
