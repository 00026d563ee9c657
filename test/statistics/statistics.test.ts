import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareMeans, type MeanComparison } from '../../src/statistics/compare-means.ts';
import { holm } from '../../src/statistics/holm.ts';
import { summarise } from '../../src/statistics/summarise.ts';
import { tCritical, tTwoSided } from '../../src/statistics/t-distribution.ts';

type Triple = readonly [number, number, number];
interface Table {
  readonly two_sided: readonly Triple[];
  readonly critical: readonly Triple[];
  readonly summaries: readonly (Readonly<Record<string, number | readonly number[] | null>> & {
    readonly values: readonly number[];
  })[];
  readonly comparisons: readonly (MeanComparison & { readonly a: readonly number[]; readonly b: readonly number[] })[];
  readonly holm: readonly [readonly number[], readonly number[]];
}

/** Figures of SciPy, by make_table.py. */
const table = JSON.parse(readFileSync(join(import.meta.dirname, 'table.json'), 'utf8')) as Table;

/** Relative difference, or absolute where the expected value is 0. */
function difference(actual: unknown, expected: unknown): number {
  if (Array.isArray(expected))
    return Math.max(...expected.map((one, index) => difference((actual as unknown[])[index], one)));
  if (expected === null || actual === null) return actual === expected ? 0 : Number.POSITIVE_INFINITY;
  const [a, b] = [Number(actual), Number(expected)];
  return a === b ? 0 : Math.abs(a - b) / Math.abs(b || 1);
}

test('the two-sided probabilities of t are those of SciPy', () => {
  expect(table.two_sided).toHaveLength(120);
  for (const [t, df, p] of table.two_sided)
    expect([t, df, difference(tTwoSided(t, df), p) < 1e-9]).toEqual([t, df, true]);
});

test('the critical values of t are those of SciPy', () => {
  for (const [p, df, t] of table.critical)
    expect([p, df, difference(tCritical(p, df), t) < 1e-9]).toEqual([p, df, true]);
});

test.each(table.summaries.map((row) => [row.values.length, row] as const))('the summary of %i values', (_, row) => {
  const summary = summarise(row.values);
  // A sum of squares of deviations of 1e-3 from a mean of 1e9 has some seven digits in doubles.
  const tolerance = Math.abs(Number(row.mean)) > 1e6 ? 1e-6 : 1e-9;
  for (const name of ['mean', 'sd', 'ci95', 'q1', 'median', 'q3'] as const) {
    const within = difference(summary[name], row[name]);
    expect({ name, isEqual: within < tolerance, within }).toEqual({ name, isEqual: true, within });
  }
});

test.each(table.comparisons.map((row) => [`${row.a.length} with ${row.b.length}`, row] as const))(
  'the comparison of %s values',
  (_, row) => {
    const found = compareMeans(row.a, row.b) as MeanComparison;
    for (const name of ['difference', 'ci95', 't', 'df', 'p', 'hedges_g', 'hedges_g_ci95'] as const) {
      const within = difference(found[name], row[name]);
      expect({ name, isEqual: within < 1e-9, within }).toEqual({ name, isEqual: true, within });
    }
  },
);

describe('samples that cannot be compared', () => {
  test.each([
    [[], [1, 2], 'too_few'],
    [[1], [1, 2], 'too_few'],
    [[0.1, 0.1, 0.1], [0.3, 0.3], 'no_variance'],
    [[1e308, -1e308], [1, 2], 'out_of_range'],
    [[5e-324, 5e-324], [0, 0], 'no_variance'],
  ])('%j and %j: %s', (a, b, reason) => {
    expect(compareMeans(a, b)).toBe(reason);
  });
});

test('a sample of none or of extreme values has a summary without figures that are not finite', () => {
  expect(summarise([])).toMatchObject({ n: 0, mean: null, sd: null, ci95: null, median: null });
  expect(summarise([2])).toMatchObject({ n: 1, mean: 2, sd: null, ci95: null, min: 2, q1: 2, max: 2 });
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), (values) => {
      const sorted = [...values].sort((a, b) => a - b);
      for (const figure of Object.values(summarise(sorted)).flat()) {
        expect(figure === null || Number.isFinite(figure)).toBe(true);
      }
    }),
  );
});

describe('at the ends of the doubles', () => {
  test.each([
    [[-1e308, 1e308], { mean: 0, sd: expect.closeTo(1.4142e308, -304), ci95: null, q1: -5e307 }],
    [[1e308, 1e308], { mean: 1e308, sd: 0, ci95: [1e308, 1e308] }],
    [[-Number.MAX_VALUE, Number.MAX_VALUE], { mean: 0, sd: null, ci95: null }],
    [[0, 1e-320], { mean: 5e-321, sd: 7.07e-321 }],
    [[1e-200, 3e-200], { mean: expect.closeTo(2e-200, 210), sd: expect.closeTo(Math.SQRT2 * 1e-200, 210) }],
  ])('the summary of %j is %j', (values, figures) => {
    expect(summarise(values)).toMatchObject(figures);
  });

  test('a mean is between the least and the greatest value', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (values) => {
        const { mean, min, max, q1 } = summarise(values.toSorted((a, b) => a - b));
        for (const figure of [mean, q1]) {
          expect(figure !== null && figure >= Number(min) && figure <= Number(max)).toBe(true);
        }
      }),
    );
  });

  test('a comparison of tiny and of great values is that of usual ones', () => {
    const [a, b] = [
      [0.5, 0.25, 0.75, 0.5],
      [0.3, 0.9, 0.8, 1.5],
    ] as const;
    const { t, p, hedges_g } = compareMeans(a, b) as MeanComparison;
    for (const factor of [2 ** -1_000, 2 ** 990]) {
      const times = (values: readonly number[]): number[] => values.map((value) => value * factor);
      expect(compareMeans(times(a), times(b))).toMatchObject({ t, p, hedges_g });
    }
  });
});

test('p-values are adjusted as Holm does', () => {
  const [given, adjusted] = table.holm;
  expect(holm(given).map((p) => Number(p.toFixed(12)))).toEqual(adjusted);
  expect(holm([])).toEqual([]);
});
