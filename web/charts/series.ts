import { firstIndex } from '../data/first-index.ts';

/** A value that a chart cannot place: it is marked at its step instead. */
export interface Mark {
  readonly step: number;
  readonly kind: 'NaN' | '+' | '-';
}

/**
 * One series, in buckets of steps: its least, greatest and last value of each. Buckets start at multiples of `width`, so that
 * they stay in place while points arrive. A point may be added again, or late: the buckets are the same in any order, as
 * long as the points of one step have one value.
 *
 * A later attempt replaces everything that an earlier one reported from its first step on: an attempt that continues from a
 * checkpoint continues the line, and one that starts over starts the line again.
 */
export interface Series {
  /** Steps per bucket; 1 shows every step. */
  readonly width: number;
  /** The step of the last point in each bucket, ascending. */
  readonly steps: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly last: readonly number[];
  /** Epoch milliseconds of the last point in each bucket. */
  readonly times: readonly number[];
  /** The first bucket of each attempt after the first one; the line has a break there. */
  readonly attempts: readonly number[];
  /** In the order of their steps. */
  readonly marks: readonly Mark[];
  /** The digits of steps beyond 2^53, which `steps` has as the nearest number. */
  readonly exact?: ReadonlyMap<number, string>;
  /** Changes when more than the last bucket changes: what was drawn of the others is true as long as it is the same. */
  readonly revision: number;
}

export interface Point {
  readonly step: number;
  readonly value: number;
  readonly time: number;
  readonly attempt: number;
}

/** Buckets of one series, at most; then the width grows. */
export const MAX_BUCKETS = 2_000;
const MAX_MARKS = 500;

/** 1, 2, 5, 10, 20, 50, ...: the next width whose buckets are unions of buckets of this one is a multiple of it. */
export function widthFor(span: number, buckets: number): number {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) if (span / (digit * power) <= buckets) return digit * power;
  }
}

export class SeriesBuilder implements Series {
  width: number;
  steps: number[] = [];
  min: number[] = [];
  max: number[] = [];
  last: number[] = [];
  times: number[] = [];
  marks: Mark[] = [];
  readonly exact = new Map<number, string>();
  revision = 0;
  private attemptOf: number[] = [];
  private attemptOfMark: number[] = [];
  private starts: readonly number[] | undefined = [];

  constructor(width = 1) {
    this.width = width;
  }

  get attempts(): readonly number[] {
    this.starts ??= this.attemptOf.flatMap((attempt, at) => (at > 0 && attempt !== this.attemptOf[at - 1] ? [at] : []));
    return this.starts;
  }

  /** Adds a point, unless a later attempt has a value at its step or before. */
  add({ step, value, time, attempt }: Point): void {
    const at = this.bucketFrom(step);
    if ((this.attemptOf[at - 1] ?? 0) > attempt) return;
    if (!Number.isFinite(value)) {
      const isHeld = this.bucketOf(this.steps[at] ?? Number.NaN) === this.bucketOf(step);
      if (isHeld && (this.attemptOf[at] ?? 0) > attempt) return;
      this.mark({ step, kind: Number.isNaN(value) ? 'NaN' : value > 0 ? '+' : '-' }, attempt);
      return;
    }
    const held = this.steps[at];
    if (held === undefined || this.bucketOf(held) !== this.bucketOf(step)) this.insert(at, step, value, time, attempt);
    else this.merge(at, step, value, time, attempt);
    this.dropEarlier(at, attempt);
    if (this.steps.length > MAX_BUCKETS) this.widen(widthFor(this.span() + 1, MAX_BUCKETS / 2));
  }

  /** Adds a bucket that the server made; its width must be this one's or divide it. */
  addBucket(bucket: {
    readonly step: number;
    readonly min: number;
    readonly max: number;
    readonly last: number;
    readonly time: number;
    readonly attempt: number;
  }): void {
    const { step, time, attempt } = bucket;
    this.add({ step, value: bucket.last, time, attempt });
    const at = this.bucketFrom(step);
    if (this.attemptOf[at] !== attempt) return;
    this.include(at, bucket.min);
    this.include(at, bucket.max);
  }

  private include(at: number, value: number): void {
    const [low = value, high = value] = [this.min[at], this.max[at]];
    if (value >= low && value <= high) return;
    this.min[at] = Math.min(low, value);
    this.max[at] = Math.max(high, value);
    this.changed(at);
  }

  /** Notes that the bucket at `at` has changed. */
  private changed(at: number): void {
    if (at < this.steps.length - 1) this.revision += 1;
  }

  /** Removes what earlier attempts have from the bucket at `at` on; attempts never fall along the steps. */
  private dropEarlier(at: number, attempt: number): void {
    const from = this.bucketOf(this.steps[at] ?? 0);
    let end = at + 1;
    while ((this.attemptOf[end] ?? attempt) < attempt) end += 1;
    const columns = [this.steps, this.min, this.max, this.last, this.times, this.attemptOf];
    if (end > at + 1) {
      for (const column of columns) column.splice(at + 1, end - at - 1);
      this.renew();
    }
    if (this.marks.length === 0) return;
    const kept = this.marks.map(
      ({ step }, index) => (this.attemptOfMark[index] ?? 0) >= attempt || this.bucketOf(step) < from,
    );
    if (kept.every(Boolean)) return;
    this.marks = this.marks.filter((_, index) => kept[index]);
    this.attemptOfMark = this.attemptOfMark.filter((_, index) => kept[index]);
    this.renew();
  }

  private renew(): void {
    this.starts = undefined;
    this.revision += 1;
  }

  private mark(mark: Mark, attempt: number): void {
    if (this.marks.length >= MAX_MARKS) return;
    let at = this.marks.length;
    for (; at > 0; at -= 1) {
      const { step, kind } = this.marks[at - 1] ?? mark;
      if (step === mark.step && kind === mark.kind) return;
      if (step < mark.step || (step === mark.step && kind < mark.kind)) break;
    }
    const isLast = at === this.marks.length && this.bucketOf(mark.step) >= this.bucketOf(this.steps.at(-1) ?? 0);
    if (!isLast) this.revision += 1;
    this.marks.splice(at, 0, mark);
    this.attemptOfMark.splice(at, 0, attempt);
  }

  private bucketOf(step: number): number {
    return Math.floor(step / this.width);
  }

  private span(): number {
    return (this.steps.at(-1) ?? 0) - (this.steps[0] ?? 0);
  }

  /** The first place whose bucket is not before the one of `step`. */
  private bucketFrom(step: number): number {
    const bucket = this.bucketOf(step);
    const isBefore = (at: number): boolean => this.bucketOf(this.steps[at] ?? 0) < bucket;
    const { length } = this.steps;
    // Points nearly always arrive in order.
    return length > 0 && isBefore(length - 1) ? length : firstIndex(length, isBefore);
  }

  private insert(at: number, step: number, value: number, time: number, attempt: number): void {
    this.steps.splice(at, 0, step);
    this.min.splice(at, 0, value);
    this.max.splice(at, 0, value);
    this.last.splice(at, 0, value);
    this.times.splice(at, 0, time);
    this.attemptOf.splice(at, 0, attempt);
    if (at < this.steps.length - 1) this.renew();
    else if (attempt !== (this.attemptOf[at - 1] ?? attempt)) this.starts = undefined;
  }

  private merge(at: number, step: number, value: number, time: number, attempt: number): void {
    const held = this.attemptOf[at] ?? 0;
    if (attempt < held) return;
    if (attempt > held) {
      this.steps[at] = step;
      this.min[at] = this.max[at] = this.last[at] = value;
      this.times[at] = time;
      this.attemptOf[at] = attempt;
      this.starts = undefined;
      this.changed(at);
      return;
    }
    this.include(at, value);
    if (step < (this.steps[at] ?? 0)) return;
    if (step > (this.steps[at] ?? 0) || value !== this.last[at] || time !== this.times[at]) this.changed(at);
    this.steps[at] = step;
    this.last[at] = value;
    this.times[at] = time;
  }

  /** Joins buckets into wider ones. */
  private widen(width: number): void {
    const { steps, min, max, last, times, attemptOf } = this;
    this.width = width;
    this.renew();
    this.steps = [];
    this.min = [];
    this.max = [];
    this.last = [];
    this.times = [];
    this.attemptOf = [];
    for (const [at, step] of steps.entries()) {
      const value = last[at] ?? 0;
      const attempt = attemptOf[at] ?? 0;
      this.addBucket({
        step,
        min: min[at] ?? value,
        max: max[at] ?? value,
        last: value,
        time: times[at] ?? 0,
        attempt,
      });
    }
  }
}
