import { expect, test } from '@jest/globals';
import { mapping, rangeOf } from '../../../web/charts/scales.ts';

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

test('the range of the greatest doubles is finite', () => {
  const { low, high } = rangeOf([-Number.MAX_VALUE, Number.MAX_VALUE], 'linear');
  expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
});

test('a mapping places the ends of its range, and the middle of a log axis', () => {
  const linear = mapping('linear', { low: 0, high: 10 }, 100, 0);
  expect([linear(0), linear(5), linear(10)]).toEqual([100, 50, 0]);
  const log = mapping('log', { low: 1, high: 100 }, 100, 0);
  expect([log(1), log(10), log(100), log(0)]).toEqual([100, 50, 0, Number.NaN]);
  const nines = mapping('nines', { low: 0.9, high: 0.999 }, 100, 0);
  expect([nines(0.9), nines(0.99), nines(0.999)].map(Math.round)).toEqual([100, 50, 0]);
  expect(nines(1)).toBeNaN();
  const symlog = mapping('symlog', { low: -10, high: 10 }, 100, 0);
  expect(symlog(0)).toBeCloseTo(50, 9);
});
