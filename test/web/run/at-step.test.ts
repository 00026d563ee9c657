import { expect, test } from '@jest/globals';
import { atSameSteps, placeAt } from '../../../web/run/at-step.ts';

test('another metric as x: its last value at each step or before', () => {
  expect(atSameSteps([0, 1, 5, 9], { steps: [1, 4, 9], last: [10, 40, 90] })).toEqual([Number.NaN, 10, 40, 90]);
  expect(atSameSteps([0, 1], undefined)).toEqual([Number.NaN, Number.NaN]);
});

test('the cursor reads the last value at or before it, or the nearest where x does not ascend', () => {
  expect([-1, 0, 4, 99].map((x) => placeAt([0, 3, 6], x, true))).toEqual([-1, 0, 1, 2]);
  expect(placeAt([5, 1, 3, Number.NaN], 3.2, false)).toBe(2);
});
