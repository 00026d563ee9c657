import { expect, test } from '@jest/globals';
import { logTicksOf, ninesTicksOf, ticksOf } from '../../../web/charts/ticks.ts';

test.each([
  [-0.0145, 0.5245, 5, [0, 0.2, 0.4]],
  [0.75, 6.25, 5, [2, 4, 6]],
  [0.58, 0.99, 4, [0.6, 0.8]],
  [-3, 3, 6, [-3, -2, -1, 0, 1, 2, 3]],
  [5, 5, 4, [5]],
])('from %p to %p, about %p ticks', (low, high, count, ticks) => {
  expect(ticksOf(low, high, count)).toEqual(ticks);
});

test.each([
  [0.0001, 0.1, [0.0001, 0.001, 0.01, 0.1]],
  [0.004, 0.3, [0.005, 0.01, 0.02, 0.05, 0.1, 0.2]],
])('from %p to %p on a logarithmic axis', (low, high, ticks) => {
  expect(logTicksOf(low, high)).toEqual(ticks);
});

test.each([
  [0.4, 0.9995, [0.5, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995]],
  [0.85, 0.97, [0.9, 0.95]],
  [0, 0.6, [0, 0.5]],
])('ticks of nines from %p to %p', (low, high, ticks) => {
  expect(ninesTicksOf(low, high)).toEqual(ticks);
});
