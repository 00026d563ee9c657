import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rangeOf } from '../../../web/charts/ranges.ts';
import { hasPlace, mapping, placing, valueAt } from '../../../web/charts/scales.ts';
import { doubles, scales, withNonFinite } from './doubles.ts';

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

test.each([
  [{ low: -Number.MAX_VALUE, high: Number.MAX_VALUE }, 0, 0.5],
  [{ low: 0, high: 1e-323 }, 5e-324, 0.5],
  [{ low: 2 ** 60 - 256, high: 2 ** 60 + 256 }, 2 ** 60, 0.5],
  [{ low: 1, high: 1 + 2 * Number.EPSILON }, 1 + Number.EPSILON, 0.5],
])('in the range %j, %p is at %p', (range, value, place) => {
  expect(placing('linear', range)(value)).toBe(place);
});

test('on the axis of any values, each of them has a place within it, in their order', () => {
  fc.assert(
    fc.property(fc.array(withNonFinite, { maxLength: 8 }), scales, (values, scale) => {
      const toY = mapping(scale, rangeOf(values, scale), 200, 0);
      const placed = values.filter((value) => hasPlace(scale, value)).sort((a, b) => a - b);
      const places = placed.map(toY);
      for (const place of places) expect(place >= 0 && place <= 200).toBe(true);
      expect(places).toEqual(places.toSorted((a, b) => b - a));
    }),
    { numRuns: 2_000 },
  );
});

test('no value has a place that is not finite, however far it is from the range', () => {
  fc.assert(
    fc.property(fc.array(doubles, { maxLength: 3 }), withNonFinite, scales, (values, value, scale) => {
      const place = mapping(scale, rangeOf(values, scale), 0, 1_000)(value);
      expect(Number.isNaN(place)).toBe(!hasPlace(scale, value));
      expect(Math.abs(place)).not.toBe(Number.POSITIVE_INFINITY);
    }),
    { numRuns: 2_000 },
  );
});

test('the value at a place has a place, which is near it', () => {
  fc.assert(
    fc.property(
      fc.array(doubles, { maxLength: 4 }),
      scales,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, scale, place) => {
        const range = rangeOf(values, scale);
        const value = valueAt(scale, range, place);
        expect(hasPlace(scale, value)).toBe(true);
        const width = range.high - range.low;
        // Few doubles are between the ends of the narrowest ranges.
        const isCoarse =
          !(width > 1e-6 * Math.max(Math.abs(range.low), Math.abs(range.high))) ||
          width < 1e-300 ||
          (scale === 'log' && range.low < 1e-300);
        if (!isCoarse && scale !== 'nines') expect(placing(scale, range)(value)).toBeCloseTo(place, 3);
      },
    ),
    { numRuns: 2_000 },
  );
});
