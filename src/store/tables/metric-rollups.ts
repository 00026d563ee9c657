import type { ClientBase } from 'pg';
import { BIGINT, type FixedType, FLOAT8, fixedArray, INT8, TIMESTAMPTZ } from '../binary-array.ts';

/** The points of a series in a stretch of steps. */
export interface RollupBucket {
  /** All points, and those of them that are NaN or infinite. */
  readonly points: number;
  readonly nonfinite: number;
  readonly firstStep: bigint;
  readonly lastStep: bigint;
  /** The last finite point: its step, time (epoch milliseconds) and value. Where no point is finite, the values are NaN. */
  readonly finiteStep: bigint;
  readonly atMs: number;
  readonly last: number;
  /** The least, the greatest and the mean finite value. */
  readonly min: number;
  readonly max: number;
  /** The first step of the least and of the greatest finite value. */
  readonly minStep: bigint;
  readonly maxStep: bigint;
  readonly mean: number;
}

/** A series of one attempt, rolled up. */
export interface Rollup {
  readonly trialKey: number;
  readonly nameKey: number;
  readonly attempt: number;
  /** The width of the buckets, which begin at multiples of it. */
  readonly bucketSteps: bigint;
  readonly buckets: readonly RollupBucket[];
}

const ADD = `
  insert into metric_rollups (trial_key, name_key, attempt, bucket_steps, points, nonfinite, first_step, last_step,
    counts, nonfinites, first_steps, last_steps, finite_steps, times, lasts, mins, maxes, min_steps, max_steps, means)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[],
    $14::timestamptz[], $15::float8[], $16::float8[], $17::float8[], $18::int8[], $19::int8[], $20::float8[])`;

/** Replaces the roll-ups of whole trials. Must be called in a transaction. */
export async function replaceRollups(
  client: ClientBase,
  trialKeys: readonly number[],
  rollups: readonly Rollup[],
): Promise<void> {
  await client.query('delete from metric_rollups where trial_key = any($1::int4[])', [trialKeys]);
  for (const { trialKey, nameKey, attempt, bucketSteps, buckets } of rollups) {
    const numbers = (type: FixedType<number>, read: (bucket: RollupBucket) => number): Buffer =>
      fixedArray(type, buckets.map(read));
    const steps = (read: (bucket: RollupBucket) => bigint): Buffer => fixedArray(BIGINT, buckets.map(read));
    const sum = (read: (bucket: RollupBucket) => number): number =>
      buckets.reduce((total, bucket) => total + read(bucket), 0);
    const values = [
      ...[trialKey, nameKey, attempt, String(bucketSteps)],
      ...[sum(({ points }) => points), sum(({ nonfinite }) => nonfinite)],
      ...[String(buckets[0]?.firstStep ?? 0), String(buckets.at(-1)?.lastStep ?? 0)],
      ...[numbers(INT8, ({ points }) => points), numbers(INT8, ({ nonfinite }) => nonfinite)],
      ...[steps(({ firstStep }) => firstStep), steps(({ lastStep }) => lastStep)],
      ...[steps(({ finiteStep }) => finiteStep), numbers(TIMESTAMPTZ, ({ atMs }) => atMs)],
      ...[numbers(FLOAT8, ({ last }) => last), numbers(FLOAT8, ({ min }) => min), numbers(FLOAT8, ({ max }) => max)],
      ...[steps(({ minStep }) => minStep), steps(({ maxStep }) => maxStep)],
      numbers(FLOAT8, ({ mean }) => mean),
    ];
    await client.query({ name: 'add-rollup', text: ADD, values });
  }
}
