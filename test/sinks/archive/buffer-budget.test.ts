import { expect, test } from '@jest/globals';
import { BufferBudget } from '../../../src/sinks/archive/buffer-budget.ts';

test('beyond the limit the large holders are due, and one that has just started is not', () => {
  const budget = new BufferBudget(100);
  const [full, half, small] = [{}, {}, {}];
  budget.hold(full, 70);
  budget.hold(half, 30);
  expect([full, half].map((holder) => budget.isDue(holder))).toEqual([false, false]);
  budget.hold(small, 1);
  expect([full, half, small].map((holder) => budget.isDue(holder))).toEqual([true, false, false]);
  budget.hold(half, 70);
  expect([full, half, small].map((holder) => budget.isDue(holder))).toEqual([true, true, false]);
});

test('one holder beyond the limit is always due, however many there are', () => {
  const budget = new BufferBudget(10);
  const holders = Array.from({ length: 7 }, () => ({}));
  for (const [index, holder] of holders.entries()) budget.hold(holder, 2 + (index % 3));
  expect(holders.some((holder) => budget.isDue(holder))).toBe(true);
});
