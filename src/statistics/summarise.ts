import { tCritical } from './t-distribution.ts';

/** The summary of a sample; a figure is null if the sample is too small for it. */
export interface Summary {
  readonly n: number;
  readonly mean: number | null;
  /** The standard deviation of the sample (n - 1); null for fewer than two values. */
  readonly sd: number | null;
  /** The 95 % interval of the mean by Student's t; null for fewer than two values. */
  readonly ci95: readonly [number, number] | null;
  readonly min: number | null;
  readonly q1: number | null;
  readonly median: number | null;
  readonly q3: number | null;
  readonly max: number | null;
}

/** Probability that the mean lies outside of an interval. */
export const OUTSIDE = 0.05;

/**
 * The mean, by Welford's method, and the sum of squared deviations from it. A second pass corrects both for the rounding of
 * the first, so that a great mean costs the deviations no digits.
 */
export function moments(values: readonly number[]): { readonly mean: number; readonly squares: number } {
  let first = 0;
  values.forEach((value, index) => {
    first += (value - first) / (index + 1);
  });
  let [rest, squares] = [0, 0];
  for (const value of values) {
    const deviation = value - first;
    rest += deviation;
    squares += deviation * deviation;
  }
  const n = Math.max(1, values.length);
  return { mean: first + rest / n, squares: Math.max(0, squares - (rest * rest) / n) };
}

/** @param sorted finite values, the least first. */
export function summarise(sorted: readonly number[]): Summary {
  const n = sorted.length;
  if (n === 0) return { n, mean: null, sd: null, ci95: null, min: null, q1: null, median: null, q3: null, max: null };
  const { mean, squares } = moments(sorted);
  const sd = n < 2 ? null : Math.sqrt(squares / (n - 1));
  const half = sd === null ? 0 : (tCritical(OUTSIDE, n - 1) * sd) / Math.sqrt(n);
  return {
    n,
    mean: finite(mean),
    sd: finite(sd),
    ci95: sd === null || !Number.isFinite(Math.abs(mean) + half) ? null : [mean - half, mean + half],
    min: quantile(sorted, 0),
    q1: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    q3: quantile(sorted, 0.75),
    max: quantile(sorted, 1),
  };
}

/** Values near the greatest double have sums beyond it. */
const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null);

/** Interpolates between neighbours as `percentile_cont` of SQL and R's type 7 do. */
export function quantile(sorted: readonly number[], share: number): number | null {
  const place = share * (sorted.length - 1);
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  const part = place - Math.floor(place);
  return part === 0 ? low : finite(low + part * (high - low));
}
