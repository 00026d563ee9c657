import { type BinaryArray, type Int8, int8Of } from '../store/read-binary-array.ts';
import type { ExactNumber, MetricValue } from './shapes.ts';
import { exactNumber, metricValue } from './sql-text.ts';

/** Points of one series as columns, the least step first. */
export interface SeriesColumns {
  readonly steps: Pick<BinaryArray, 'int8'>;
  readonly times: Pick<BinaryArray, 'time'>;
  readonly values: Pick<BinaryArray, 'float8' | 'length'>;
}

/** The buckets of a rolled-up series as columns, as `metric_rollups` has them. */
export interface RollupColumns {
  readonly counts: BinaryArray;
  readonly nonfinites: BinaryArray;
  readonly firstSteps: BinaryArray;
  readonly lastSteps: BinaryArray;
  /** The step, time and value of the last finite point of each bucket. */
  readonly steps: BinaryArray;
  readonly times: BinaryArray;
  readonly lasts: BinaryArray;
  readonly mins: BinaryArray;
  readonly maxes: BinaryArray;
  /** The first step of the least and of the greatest finite value. */
  readonly minSteps: BinaryArray;
  readonly maxSteps: BinaryArray;
}

/** Points that are not finite and have a mark; `nonfinite` counts the others too. */
const MARKS = 100;

/** Cuts a series into buckets of `width` steps while it is read, part by part. */
export class SeriesBuckets {
  readonly #width: bigint;
  total = 0;
  nonfinite = 0;
  /** The first step of the least and of the greatest finite value; null without one. */
  minStep: ExactNumber | null = null;
  maxStep: ExactNumber | null = null;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;
  /** Whether a bucket has more than one finite point. */
  hasSeveral = false;
  readonly nonfiniteAt: { readonly step: ExactNumber; readonly value: MetricValue }[] = [];
  /** The columns of the buckets that have a finite point. The last point is the greatest (step, time, value). */
  readonly step: ExactNumber[] = [];
  readonly time: number[] = [];
  readonly last: number[] = [];
  readonly min: number[] = [];
  readonly max: number[] = [];
  /** The number of each bucket: its first step divided by the width. */
  readonly bucket: Int8[] = [];
  /** The step after the bucket that is being filled. */
  #end: Int8 = 0;
  #lastStep: Int8 = -1;

  constructor(width: bigint) {
    this.#width = width;
  }

  add({ steps, times, values }: SeriesColumns): void {
    this.total += values.length;
    for (let index = 0; index < values.length; index += 1) {
      const value = values.float8(index);
      const step = steps.int8(index);
      if (Number.isFinite(value)) this.#addFinite(step, times.time(index), value);
      else this.#mark(step, value);
    }
  }

  /**
   * Adds the rolled-up buckets that have a point between two steps: those of all attempts that count. A bucket counts whole, in the
   * bucket of its last finite point.
   */
  addRollups(rollups: readonly RollupColumns[], { from, to }: { readonly from: bigint; readonly to: bigint }): void {
    const found = rollups.flatMap((columns) =>
      Array.from({ length: columns.counts.length }, (_, index) => ({ columns, index })).filter(
        ({ columns: { firstSteps, lastSteps } }, index) =>
          lastSteps.int8(index) >= from && firstSteps.int8(index) <= to,
      ),
    );
    const stepOf = ({ columns, index }: (typeof found)[number]): Int8 => columns.steps.int8(index);
    if (rollups.length > 1) found.sort((a, b) => (stepOf(a) < stepOf(b) ? -1 : 1));
    for (const { columns, index } of found) {
      const [points, nonfinite] = [Number(columns.counts.int8(index)), Number(columns.nonfinites.int8(index))];
      this.total += points;
      this.nonfinite += nonfinite;
      if (points === nonfinite) continue;
      const [min, max] = [columns.mins.float8(index), columns.maxes.float8(index)];
      this.#note(columns.minSteps.int8(index), min);
      this.#note(columns.maxSteps.int8(index), max);
      this.#addFinite(columns.steps.int8(index), columns.times.time(index), columns.lasts.float8(index));
      const at = this.step.length - 1;
      if (min < (this.min[at] as number)) this.min[at] = min;
      if (max > (this.max[at] as number)) this.max[at] = max;
      this.hasSeveral ||= points - nonfinite > 1;
    }
  }

  #mark(step: Int8, value: number): void {
    this.nonfinite += 1;
    if (this.nonfiniteAt.length < MARKS) this.nonfiniteAt.push({ step: exactNumber(step), value: metricValue(value) });
  }

  #addFinite(step: Int8, time: number, value: number): void {
    this.#note(step, value);
    const at = this.step.length - 1;
    if (at < 0 || step >= this.#end) {
      this.#open(step, time, value);
      return;
    }
    this.hasSeveral = true;
    if (value < (this.min[at] as number)) this.min[at] = value;
    if (value > (this.max[at] as number)) this.max[at] = value;
    const [lastTime, lastValue] = [this.time[at] as number, this.last[at] as number];
    const isLater = step > this.#lastStep || time > lastTime || (time === lastTime && value > lastValue);
    if (!isLater) return;
    this.step[at] = exactNumber(step);
    this.time[at] = time;
    this.last[at] = value;
    this.#lastStep = step;
  }

  #note(step: Int8, value: number): void {
    if (value < this.#least) [this.#least, this.minStep] = [value, exactNumber(step)];
    if (value > this.#greatest) [this.#greatest, this.maxStep] = [value, exactNumber(step)];
  }

  #open(step: Int8, time: number, value: number): void {
    const number = BigInt(step) / this.#width;
    this.#end = int8Of((number + 1n) * this.#width);
    this.#lastStep = step;
    this.bucket.push(int8Of(number));
    this.step.push(exactNumber(step));
    this.time.push(time);
    this.last.push(value);
    this.min.push(value);
    this.max.push(value);
  }
}
