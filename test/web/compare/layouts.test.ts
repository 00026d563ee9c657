import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Adoption } from '../../../src/queries/page-shapes.ts';
import type { ComparedGroup } from '../../../src/queries/shapes.ts';
import { summarise } from '../../../src/statistics/summarise.ts';
import { shapePath } from '../../../web/charts/shapes.ts';
import { sparklinePath } from '../../../web/charts/sparkline-path.ts';
import { adoptionBars } from '../../../web/compare/adoption-bars.ts';
import { boxMarks, boxScale } from '../../../web/compare/box-layout.ts';
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
          return [whiskers, box, median, mean, interval, points].flat(2);
        }),
      ].filter((place) => place !== undefined);
      expect(places.every((place) => place >= 0 && place <= 560)).toBe(true);
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

test('a sparkline of any values has a path without NaN', () => {
  fc.assert(
    fc.property(fc.array(withNonFinite, { maxLength: 20 }), (values) => {
      expect(sparklinePath(values)).toMatch(/^(?:[ML]-?[\d.]+ -?[\d.]+)*$/);
      expect(shapePath(1, 1, 2, 3)).not.toContain('NaN');
    }),
    { numRuns: 1_000 },
  );
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
