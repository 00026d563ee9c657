import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Adoption } from '../../../src/queries/page-shapes.ts';
import type { ComparedGroup } from '../../../src/queries/shapes.ts';
import { summarise } from '../../../src/statistics/summarise.ts';
import { shapePath } from '../../../web/charts/shapes.ts';
import { SPARK_HEIGHT, SPARK_WIDTH, sparklinePath } from '../../../web/charts/sparkline-path.ts';
import { adoptionBars } from '../../../web/compare/adoption-bars.ts';
import { BOX_LEFT, BOX_WIDTH, boxMarks, boxScale } from '../../../web/compare/box-layout.ts';
import { doubles, withNonFinite } from '../charts/doubles.ts';

const groupOf = (values: readonly number[]) => ({
  group: {
    group: [true],
    trials: values.length,
    best: null,
    left_out: { no_value: 0, nan: 0, infinite: 0 },
    ...summarise(values.toSorted((a, b) => a - b)),
  } satisfies ComparedGroup,
  values,
});

test('boxes of any values have finite places within the plot', () => {
  const values = fc.array(doubles, { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(values, { maxLength: 3 }), (groups) => {
      const list = groups.map(groupOf);
      const scale = boxScale(list);
      const places = [
        ...scale.ticks.map(({ x }) => x),
        ...list.flatMap((each) => {
          const { whiskers, box, median, mean, interval, points } = boxMarks(each, scale);
          expect(points.length).toBe(each.values.length);
          const ordered = [whiskers?.[0], box?.[0], median, box?.[1], whiskers?.[1]];
          expect(ordered.includes(undefined)).toBe(each.values.length === 0);
          for (const [at, place = 0] of ordered.entries())
            expect(place).toBeGreaterThanOrEqual((ordered[at - 1] ?? 0) - 1e-6);
          return [whiskers, box, median, mean, interval, points].flat(2);
        }),
      ].filter((place) => place !== undefined);
      expect(scale.ticks).not.toHaveLength(0);
      expect(places.filter((place) => !(place >= BOX_LEFT && place <= BOX_WIDTH))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('a group of one value has a box, and no interval of its mean', () => {
  const one = groupOf([3]);
  const marks = boxMarks(one, boxScale([one]));
  expect(marks.interval).toBeUndefined();
  expect(marks.box?.[0]).toBe(marks.box?.[1]);
});

test('a sparkline has a place within its frame for each finite value, and starts again after each gap', () => {
  fc.assert(
    fc.property(fc.array(withNonFinite, { maxLength: 20 }), (values) => {
      const path = sparklinePath(values);
      const places = [...path.matchAll(/([ML])(\S+) ([^ML]+)/g)].map(([, pen, x, y]) => ({
        pen,
        x: Number(x),
        y: Number(y),
      }));
      expect(places).toHaveLength(values.filter(Number.isFinite).length);
      for (const { x, y } of places) {
        expect(x >= 0 && x <= SPARK_WIDTH && y >= 2 && y <= SPARK_HEIGHT - 2).toBe(true);
      }
      const starts = values.filter(
        (value, at) => Number.isFinite(value) && !Number.isFinite(values[at - 1] ?? Number.NaN),
      );
      expect(places.filter(({ pen }) => pen === 'M')).toHaveLength(starts.length);
    }),
    { numRuns: 1_000 },
  );
});

test('the least value of a sparkline is at its foot, the greatest at its head', () => {
  expect(sparklinePath([1, 3, 2])).toBe('M0.0 18.0L48.0 2.0L96.0 10.0');
});

test.each([
  ['a circle', undefined, 'M-10 0a10 10 0 1 0 20 0a10 10 0 1 0 -20 0'],
  ['a square', 1, 'M-9 -9L9 -9L9 9L-9 9Z'],
  ['a circle again, after the last shape', 4, 'M-10 0a10 10 0 1 0 20 0a10 10 0 1 0 -20 0'],
])('the outline of a point: %s', (_, variant, path) => {
  expect(shapePath(variant, 0, 0, 10)).toBe(path);
});

test.each([
  ['a single interval', [0], [3], [1], [76]],
  ['two days with a gap', [0, 10], [1, 0], [0, 2], [76, 476]],
  ['none', [], [], [], []],
])('the bars of %s', (_, days, norm, without, rights) => {
  const adoption = { width_ms: 86_400_000, start_ms: days.map((day) => day * 86_400_000), with: norm, without };
  const { bars, most } = adoptionBars(adoption as unknown as Adoption);
  expect(bars.map(({ x, width }) => Math.round(x + width + 1))).toEqual(rights);
  expect(most).toBeGreaterThan(0);
  for (const bar of bars) expect(Object.values(bar).every(Number.isFinite)).toBe(true);
});
