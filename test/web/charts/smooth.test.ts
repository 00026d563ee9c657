import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { smooth } from '../../../web/charts/smooth.ts';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
const stepsOf = (list: readonly unknown[]): number[] => list.map((_, at) => at * 3);

test('a constant stays as it is', () => {
  expect(smooth([0, 1, 5, 100], [0.7, 0.7, 0.7, 0.7], 10).every((value) => Math.abs(value - 0.7) < 1e-12)).toBe(true);
});

test('an average depends on earlier values only', () => {
  fc.assert(
    fc.property(values, values, (before, after) => {
      const whole = [...before, ...after];
      expect(smooth(stepsOf(whole), whole, 7).slice(0, before.length)).toEqual(smooth(stepsOf(before), before, 7));
    }),
  );
});

test('a value has half the weight after its half-life', () => {
  // (0 * 0.5 + 1) / (0.5 + 1)
  expect(smooth([0, 10], [0, 1], 10)[1]).toBeCloseTo(2 / 3, 12);
});

test('without a half-life nothing is smoothed, and at a break it starts over', () => {
  expect(smooth([0, 1], [1, 5], 0)).toEqual([1, 5]);
  expect(smooth([0, 1, 2], [1, 1, 5], 100, [2])[2]).toBe(5);
});
