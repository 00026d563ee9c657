import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitting, textWidthPx, valueTicks, xTicks, yTicks } from '../../../web/charts/axis-ticks.ts';
import { rangeOf } from '../../../web/charts/ranges.ts';
import { integerTicksOf, logTicksOf, ninesTicksOf, symlogTicksOf, ticksOf } from '../../../web/charts/ticks.ts';
import { zoomed } from '../../../web/charts/x-range.ts';
import { doubles, scales } from './doubles.ts';

test.each([
  [-0.0145, 0.5245, 5, [0, 0.2, 0.4]],
  [0.75, 6.25, 5, [2, 4, 6]],
  [0.58, 0.99, 4, [0.6, 0.8]],
  [-3, 3, 6, [-3, -2, -1, 0, 1, 2, 3]],
  [5, 5, 4, [5]],
  [-1.7e308, 1.7e308, 4, [-1e308, 0, 1e308]],
  [0, 1e-323, 4, [0, 5e-324, 1e-323]],
])('from %p to %p, about %p ticks', (low, high, count, ticks) => {
  expect(ticksOf(low, high, count)).toEqual(ticks);
});

test.each([
  [0.0001, 0.1, [0.0001, 0.001, 0.01, 0.1]],
  [0.004, 0.3, [0.005, 0.01, 0.02, 0.05, 0.1, 0.2]],
  [1e-300, 1, [1e-300, 1e-250, 1e-200, 1e-150, 1e-100, 1e-50, 1]],
  [5e-324, 5e-323, [5e-324, 1e-323, 2e-323, 5e-323]],
  [1.1, 1.9, [1.2, 1.4, 1.6, 1.8]],
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

test.each([
  [-100, 1e4, [-100, -10, -1, 0, 1, 100, 1e4]],
  [-0.5, 0.5, [-0.4, -0.2, 0, 0.2, 0.4]],
  [-1e300, 1e300, [-1e300, -1e200, -1e100, -1, 0, 1, 1e100, 1e200, 1e300]],
])('from %p to %p on a symmetric logarithmic axis', (low, high, ticks) => {
  expect(symlogTicksOf(low, high)).toEqual(ticks);
});

test.each([
  [2.2, 4.9, 6, [3, 4]],
  [-0.02, 1.02, 8, [0, 1]],
  [2.2, 2.8, 6, []],
  [0, 1_000, 4, [0, 500, 1_000]],
])('integers from %p to %p, about %p ticks', (low, high, count, ticks) => {
  expect(integerTicksOf(low, high, count)).toEqual(ticks);
});

/** The number that a text of a tick states. */
const read = (text: string): number => Number(text.replaceAll(',', '').replace('−', '-'));

describe('on the axis of any values', () => {
  const axes = fc.record({ values: fc.array(doubles, { maxLength: 4 }), scale: scales });

  test('there are few ticks, each within it, in order, with texts that differ', () => {
    fc.assert(
      fc.property(axes, ({ values, scale }) => {
        const ticks = yTicks(scale, rangeOf(values, scale), 180);
        const places = ticks.map(({ place }) => place);
        expect(ticks.length).toBeLessThanOrEqual(24);
        expect(places.every((place) => place >= 0 && place <= 1)).toBe(true);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
        expect(ticks.map(({ text }) => read(text)).filter(Number.isNaN)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('values that are not all the same have two ticks at least', () => {
    fc.assert(
      fc.property(axes, ({ values, scale }) => {
        const range = rangeOf(values, scale);
        // Between the nines nearest to 1 there are few doubles.
        if (scale === 'nines' && range.high > 1 - 1e-14) return;
        expect(yTicks(scale, range, 180).length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an axis of integers has no other ticks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('linear', 'log'),
        (ints, scale) => {
          for (const { text } of valueTicks(scale, rangeOf(ints, scale), 6, true)) {
            expect(Number.isInteger(read(text))).toBe(true);
          }
        },
      ),
    );
  });
});

test('texts of an upright axis do not overlap, and 0 is among them', () => {
  const ticks = yTicks('symlog', rangeOf([-1e308, 1e308], 'symlog'), 180);
  expect(ticks.map(({ text }) => text)).toContain('0');
  for (const [at, { place }] of ticks.entries()) {
    if (at > 0) expect((place - (ticks[at - 1]?.place ?? 0)) * 180).toBeGreaterThanOrEqual(14);
  }
});

test.each([
  ['step', 0, 3, ['0', '1', '2', '3']],
  ['step', 2.4812, 5.1, ['3', '4', '5']],
  ['step', 0, 4e7, ['0', '5e6', '1e7', '1.5e7', '2e7', '2.5e7', '3e7', '3.5e7', '4e7']],
  ['step', 2 ** 60 - 256, 2 ** 60 + 256, ['1,152,921,504,606,846,976']],
  ['metric', 0.93001, 0.93003, ['0.93001', '0.930015', '0.93002', '0.930025', '0.93003']],
  ['metric', 1e307, 1.7e308, ['5e307', '1e308', '1.5e308']],
] as const)('texts of %s from %p to %p', (x, low, high, texts) => {
  expect(xTicks(x, { low, high }, 480).map(({ text }) => text)).toEqual(texts);
});

test('the texts of an x axis do not overlap', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('step', 'metric'),
      doubles,
      doubles,
      fc.integer({ min: 60, max: 900 }),
      (x, a, b, px) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        if (!Number.isFinite(high - low) || high > 1e307) return;
        const ticks = xTicks(x, zoomed(x, { low, high }), px);
        for (const [at, { place, text }] of ticks.entries()) {
          const next = ticks[at + 1];
          if (next === undefined) continue;
          const room = (next.place - place) * px;
          expect(room).toBeGreaterThan((textWidthPx(text) + textWidthPx(next.text)) / 2);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('an axis that has no room for two texts has one', () => {
  expect(
    fitting(50, (count) => Array.from({ length: count + 1 }, (_, at) => ({ place: at / count, text: '1234567' }))),
  ).toHaveLength(1);
});
