import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Latencies } from '../../src/fleet/latencies.ts';

test('a quantile is within 2 % of the exact one', () => {
  const durations = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
      const latencies = new Latencies();
      for (const ms of list) latencies.record(ms);
      const exact = list.toSorted((a, b) => a - b)[Math.ceil(list.length * share) - 1] ?? 0;
      expect(latencies.quantileMs(share)).toBeGreaterThanOrEqual(exact * 0.999);
      expect(latencies.quantileMs(share)).toBeLessThanOrEqual(exact * 1.021);
    }),
  );
});

test('the durations of two runs count together', () => {
  const [all, first, second] = [new Latencies(), new Latencies(), new Latencies()];
  for (const [ms, one] of [
    [1, first],
    [5, second],
    [80, first],
    [3, second],
  ] as const) {
    all.record(ms);
    one.record(ms);
  }
  first.add(second);
  expect(first).toEqual(all);
  expect([first.count, first.maxMs]).toEqual([4, 80]);
});
