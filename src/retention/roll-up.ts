import type { Rollup, RollupBucket } from '../store/tables/metric-rollups.ts';
import type { SeriesPoint, SeriesPoints } from './read-series-points.ts';

/** Buckets of one series, at most: as many as a chart shows. */
export const MOST_ROLLUP_BUCKETS = 500n;

/**
 * The roll-ups of a series, one for each attempt.
 *
 * The width of the buckets is a power of ten, so that the buckets of any query, whose width is 1, 2 or 5 times a power of ten, consist
 * of whole buckets unless they are narrower.
 */
export function rollUp({ trialKey, nameKey, points }: SeriesPoints): readonly Rollup[] {
  const byAttempt = Map.groupBy(points, ({ attempt }) => attempt);
  return [...byAttempt]
    .sort(([a], [b]) => a - b)
    .map(([attempt, own]) => {
      const bucketSteps = widthOf(own[0]?.step ?? 0n, own.at(-1)?.step ?? 0n);
      const buckets = Map.groupBy(own, ({ step }) => step / bucketSteps);
      return { trialKey, nameKey, attempt, bucketSteps, buckets: [...buckets.values()].map(bucketOf) };
    });
}

function widthOf(first: bigint, last: bigint): bigint {
  let width = 1n;
  while (last / width - first / width >= MOST_ROLLUP_BUCKETS) width *= 10n;
  return width;
}

/** @param points in the order of their steps, at least one. */
function bucketOf(points: readonly SeriesPoint[]): RollupBucket {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  let last = finite[0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [minStep, maxStep] = [0n, 0n];
  for (const point of finite) {
    if (last === undefined || isLater(point, last)) last = point;
    if (point.value < min) [min, minStep] = [point.value, point.step];
    if (point.value > max) [max, maxStep] = [point.value, point.step];
  }
  const [first, end] = [points[0] as SeriesPoint, points.at(-1) as SeriesPoint];
  return {
    points: points.length,
    nonfinite: points.length - finite.length,
    firstStep: first.step,
    lastStep: end.step,
    finiteStep: last?.step ?? end.step,
    minStep,
    maxStep,
    atMs: Number((last ?? end).atMicros / 1_000n),
    ...(last === undefined ? NO_VALUES : { last: last.value, min, max, mean: meanOf(finite) }),
  };
}

const NO_VALUES = { last: Number.NaN, min: Number.NaN, max: Number.NaN, mean: Number.NaN } as const;

/** The order by which a query finds the last point of a bucket. */
const isLater = (a: SeriesPoint, b: SeriesPoint): boolean =>
  a.step !== b.step ? a.step > b.step : a.atMicros !== b.atMicros ? a.atMicros > b.atMicros : a.value > b.value;

/** The values are divided first where their sum would be infinite. */
function meanOf(points: readonly SeriesPoint[]): number {
  const sum = points.reduce((total, { value }) => total + value, 0);
  if (Number.isFinite(sum)) return sum / points.length;
  return points.reduce((total, { value }) => total + value / points.length, 0);
}
