import { tCritical } from './t-distribution.ts';

/** The summary of a sample; a figure is null if the sample is too small for it, or the figure beyond the greatest double. */
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

/** Greatest sizes of values whose squares have room for their digits. */
const [USUAL_FROM, USUAL_BELOW] = [2 ** -300, 2 ** 300];

/**
 * A power of two that brings the greatest of some values close to 1, so that no sum and no square leaves the doubles. It changes no
 * digit of a value.
 */
export function scaleOf(values: readonly number[]): number {
  let greatest = 0;
  for (const value of values) greatest = Math.max(greatest, Math.abs(value));
  return greatest === 0 ? 1 : 2 ** -Math.max(-1_000, Math.min(1_000, Math.floor(Math.log2(greatest))));
}

/** Usual values are not multiplied. */
function unusualScale(sorted: readonly number[]): number {
  const greatest = Math.max(Math.abs(sorted[0] ?? 0), Math.abs(sorted.at(-1) ?? 0));
  return greatest === 0 || (greatest >= USUAL_FROM && greatest < USUAL_BELOW) ? 1 : scaleOf([greatest]);
}

const scaled = (values: readonly number[], scale: number): readonly number[] =>
  scale === 1 ? values : values.map((value) => value * scale);

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
  const scale = unusualScale(sorted);
  const { mean, squares } = moments(scaled(sorted, scale));
  const sd = n < 2 ? null : Math.sqrt(squares / (n - 1));
  const half = sd === null ? 0 : (tCritical(OUTSIDE, n - 1) * sd) / Math.sqrt(n);
  const ci95 = [(mean - half) / scale, (mean + half) / scale] as const;
  return {
    n,
    mean: within(sorted, mean / scale),
    sd: sd === null ? null : finite(sd / scale),
    ci95: sd === null || !ci95.every(Number.isFinite) ? null : ci95,
    min: quantile(sorted, 0),
    q1: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    q3: quantile(sorted, 0.75),
    max: quantile(sorted, 1),
  };
}

/** A mean is not beyond the values: rounding may move it there. */
const within = (sorted: readonly number[], mean: number): number =>
  Math.max(sorted[0] ?? mean, Math.min(sorted.at(-1) ?? mean, mean));

/** The mean of finite values, the least first; NaN of none. */
export function meanOf(sorted: readonly number[]): number {
  if (sorted.length === 0) return Number.NaN;
  const scale = unusualScale(sorted);
  return within(sorted, moments(scaled(sorted, scale)).mean / scale);
}

/** The deviation of values near the greatest double may be beyond it. */
const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null);

/** Interpolates between neighbours as `percentile_cont` of SQL and R's type 7 do. */
export function quantile(sorted: readonly number[], share: number): number | null {
  const place = share * (sorted.length - 1);
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  const part = place - Math.floor(place);
  if (part === 0) return low;
  return Number.isFinite(high - low) ? low + part * (high - low) : low * (1 - part) + high * part;
}
