import type pg from 'pg';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import { inTransaction } from '../store/pool.ts';
import type { MetricPartition } from '../store/tables/metric-partitions.ts';
import { type Rollup, replaceRollups } from '../store/tables/metric-rollups.ts';
import { filesOfTier, replaceTier, type TierFile } from '../store/tables/metric-tiers.ts';
import { dropPartition } from './drop-partition.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import type { Pace } from './pace.ts';
import type { FileSeries } from './point-file.ts';
import { PointFiles } from './point-files.ts';
import { readSeriesPoints } from './read-series-points.ts';
import { rollUp } from './roll-up.ts';

/** Everything that a partition moves between. */
export interface MoveParts {
  readonly pool: pg.Pool;
  readonly store: ObjectStore;
  /** First part of the keys in the bucket. */
  readonly prefix: string;
  readonly pace: Pace;
  /** Called after each step, and with the number of points after each file; throws to stop. */
  onStep(step: MoveStep, points?: number): void;
}

/** The steps at which a process may die; the next run completes the move after any of them. */
export const MOVE_STEPS = ['verified', 'file written', 'rolled up', 'before the commit', 'after the commit'] as const;
export type MoveStep = (typeof MOVE_STEPS)[number];

/** A partition changed while it was moved: it stays, and the next run moves it. */
export class PartitionChanged extends Error {
  override readonly name = 'PartitionChanged';
}

/** The roll-ups of whole trials that one transaction writes: no more trials, and no more buckets before the last of them. */
const TRIALS_AT_ONCE = 200;
const BUCKETS_AT_ONCE = 5_000;

/**
 * Writes the points of a partition to Parquet files and roll-ups, and drops it in the transaction that makes both valid. The
 * caller has compared the partition with the archive since it took `fingerprint`.
 *
 * Nothing is lost or doubled wherever it stops: queries read the partition until that transaction and the tier from then on, and
 * what was written before is written again.
 */
export async function movePartition(
  parts: MoveParts,
  partition: MetricPartition & { readonly oldestAt: Date; readonly newestAt: Date },
  fingerprint: Fingerprint,
): Promise<readonly TierFile[]> {
  const { pool, store, onStep } = parts;
  const files = await writeTier(parts, partition);
  onStep('rolled up');
  const written = files.reduce((sum, { points }) => sum + points, 0);
  if (written !== fingerprint.points) throw new PartitionChanged(`${partition.table} changed while it was written`);
  const superseded = await inTransaction(pool, async (client) => {
    // Writers of this partition wait, readers do not.
    await client.query(`lock table ${partition.table} in share mode`);
    const now = await fingerprintOf(client, partition);
    if (now.points !== fingerprint.points || now.content !== fingerprint.content) {
      throw new PartitionChanged(`${partition.table} changed while it was moved`);
    }
    const before = await filesOfTier(client, partition.first);
    await replaceTier(client, { ...partition, points: now.points }, files);
    await dropPartition(client, partition);
    onStep('before the commit');
    return before;
  });
  onStep('after the commit');
  const kept = new Set(files.map(({ objectKey }) => objectKey));
  for (const { objectKey } of superseded) if (!kept.has(objectKey)) await store.remove(objectKey);
  return files;
}

/** Writes every point to files, and the roll-ups of each trial once it is read whole. */
async function writeTier(parts: MoveParts, partition: MetricPartition): Promise<readonly TierFile[]> {
  const { pool, store, prefix, pace, onStep } = parts;
  const namesOf = await readNames(pool, partition);
  const files = new PointFiles(store, prefix, partition, pace);
  let [trials, rollups, buckets, points]: [Set<number>, Rollup[], number, number] = [new Set(), [], 0, 0];
  const flush = async (): Promise<void> => {
    const [keys, whole] = [[...trials], rollups];
    [trials, rollups, buckets] = [new Set(), [], 0];
    await inTransaction(pool, (client) => replaceRollups(client, keys, whole));
    await files.flush();
    await pace.rest();
    onStep('file written', points);
  };
  const client = await pool.connect();
  try {
    for await (const series of readSeriesPoints(client, partition, pace.rest)) {
      const isFull = trials.size >= TRIALS_AT_ONCE || buckets >= BUCKETS_AT_ONCE;
      if (isFull && !trials.has(series.trialKey)) await flush();
      trials.add(series.trialKey);
      for (const rollup of rollUp(series)) {
        rollups.push(rollup);
        buckets += rollup.buckets.length;
      }
      const named = namesOf(series.trialKey, series.nameKey);
      for (const point of series.points) files.add(named, point);
      points += series.points.length;
    }
  } finally {
    client.release();
  }
  await flush();
  return files.finish();
}

/** The ids and names that the integers of a partition stand for. */
async function readNames(
  pool: pg.Pool,
  { first, end }: MetricPartition,
): Promise<(trialKey: number, nameKey: number) => FileSeries> {
  interface Trial {
    readonly trial_key: number;
    readonly model_run_id: string;
    readonly trial_id: string | null;
  }
  const trials = await pool.query<Trial>(
    'select trial_key, model_run_id, trial_id from metric_trials where trial_key >= $1 and trial_key < $2',
    [first, end],
  );
  const names = await pool.query<{ name_key: number; name: string }>('select name_key, name from metric_names');
  const trialOf = new Map(trials.rows.map((row) => [row.trial_key, row]));
  const nameOf = new Map(names.rows.map((row) => [row.name_key, row.name]));
  return (trialKey, nameKey) => {
    const [trial, name] = [trialOf.get(trialKey), nameOf.get(nameKey)];
    if (trial === undefined || name === undefined) {
      throw new PartitionChanged(
        `trial_metrics has points of trial ${trialKey} and name ${nameKey}, which have no row`,
      );
    }
    return { ...trial, name };
  };
}
