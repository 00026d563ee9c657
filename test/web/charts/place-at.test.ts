import { expect, test } from '@jest/globals';
import { placeAt } from '../../../web/charts/place-at.ts';

test('the cursor reads the last value at or before it, or the nearest where x does not ascend', () => {
  expect([-1, 0, 4, 99].map((x) => placeAt([0, 3, 6], x, true))).toEqual([-1, 0, 1, 2]);
  expect(placeAt([5, 1, 3, Number.NaN], 3.2, false)).toBe(2);
});
