import { meanOf, quantile } from '../statistics/summarise.ts';
import type { Int8 } from '../store/read-binary-array.ts';
import type { GroupCurve } from './page-shapes.ts';
import type { SeriesBuckets } from './series-buckets.ts';
import { exactNumber } from './sql-text.ts';

/** The values of the trials of a group in one bucket. */
interface Bucket {
  /** The last finite value of each trial. */
  readonly values: number[];
  min: number;
  max: number;
}

/** The columns of a group, from the buckets of its trials. */
export function curveOf(trials: readonly SeriesBuckets[], width: bigint): Omit<GroupCurve, 'group'> {
  const buckets = new Map<Int8, Bucket>();
  for (const trial of trials) addTrial(buckets, trial);
  const sorted = [...buckets].sort(([a], [b]) => (a < b ? -1 : 1));
  const column = (read: (bucket: Bucket) => number): number[] => sorted.map(([, bucket]) => read(bucket));
  for (const { values } of buckets.values()) values.sort((a, b) => a - b);
  const share = (part: number) => column(({ values }) => quantile(values, part) ?? Number.NaN);
  return {
    trials: trials.length,
    nonfinite: trials.reduce((sum, { nonfinite }) => sum + nonfinite, 0),
    step: sorted.map(([number]) => exactNumber(BigInt(number) * width)),
    n: column(({ values }) => values.length),
    mean: column(({ values }) => meanOf(values)),
    min: column(({ min }) => min),
    q1: share(0.25),
    median: share(0.5),
    q3: share(0.75),
    max: column(({ max }) => max),
  };
}

function addTrial(buckets: Map<Int8, Bucket>, { bucket, last, min, max }: SeriesBuckets): void {
  for (const [index, number] of bucket.entries()) {
    const [value, least, greatest] = [last[index] as number, min[index] as number, max[index] as number];
    const held = buckets.get(number);
    if (held === undefined) {
      buckets.set(number, { values: [value], min: least, max: greatest });
      continue;
    }
    held.values.push(value);
    if (least < held.min) held.min = least;
    if (greatest > held.max) held.max = greatest;
  }
}
