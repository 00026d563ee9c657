import type pg from 'pg';
import type { DecodedRecord } from '../runtime/stage.ts';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import type { TierFile } from '../store/tables/metric-tiers.ts';
import { type ArchiveDifference, ArchivedPoints } from './archived-points.ts';
import { findPartitionStates, type PartitionReport } from './find-partition-states.ts';
import { type Fingerprint, pacedFingerprintOf } from './fingerprint.ts';
import { type MoveStep, movePartition, PartitionChanged } from './move-partition.ts';
import type { Pace } from './pace.ts';
import { fillPartition } from './restore-tier.ts';
import { lockRetention } from './retention-lock.ts';

/** A stretch of time, epoch milliseconds; undefined is no bound. */
export interface TimeWindow {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

export interface RetentionParts {
  readonly pool: pg.Pool;
  readonly store: ObjectStore;
  /** First part of the keys in the bucket. */
  readonly prefix: string;
  /** Leaves time for others between the pieces of the work. */
  readonly pace: Pace;
  /** Hands on every metric record of the archive within a window, as the live system delivers it to the sink. */
  readArchive(window: TimeWindow, handle: (records: readonly DecodedRecord[]) => Promise<void>): Promise<void>;
  readonly signal: AbortSignal;
  /** Called before and during the work on a partition; throws to stop. */
  onStep(
    partition: PartitionReport,
    step: MoveStep | 'reading the archive' | 'reading the tier',
    points?: number,
  ): void;
}

/** The result for one partition. */
export type MoveOutcome =
  | {
      readonly kind: 'moved';
      readonly partition: PartitionReport;
      readonly points: number;
      readonly files: readonly TierFile[];
    }
  /** The archive does not have the same points: the partition stays. */
  | {
      readonly kind: 'refused';
      readonly partition: PartitionReport;
      readonly difference: ArchiveDifference;
      /** Keys of files of its tier that are not in the bucket: their points are missing until a replay brings them back. */
      readonly missing: readonly string[];
    }
  /** Points arrived meanwhile: the next run moves the partition. */
  | { readonly kind: 'changed'; readonly partition: PartitionReport; readonly reason: string };

/** Partitions that are compared with the archive in one pass over it. */
const PARTITIONS_AT_ONCE = 4;
const DAY_MS = 86_400_000;

/**
 * Moves every partition that is due, or has late points, to the older tiers. Yields the result of each. Throws `RetentionRuns` while
 * another process moves or restores points.
 */
export async function* applyRetention(parts: RetentionParts, olderThan: Date): AsyncGenerator<MoveOutcome> {
  const unlock = await lockRetention(parts.pool);
  try {
    const states = await findPartitionStates(parts.pool, olderThan);
    const due = states.filter(({ state }) => state === 'due' || state === 'late');
    for (let at = 0; at < due.length && !parts.signal.aborted; at += PARTITIONS_AT_ONCE) {
      yield* moveAll(parts, due.slice(at, at + PARTITIONS_AT_ONCE));
    }
  } finally {
    unlock();
  }
}

type Counted = PartitionReport & {
  readonly oldestAt: Date;
  readonly newestAt: Date;
  readonly missing: readonly string[];
};

async function* moveAll(parts: RetentionParts, due: readonly PartitionReport[]): AsyncGenerator<MoveOutcome> {
  const { pool, store, pace, onStep } = parts;
  const partitions: Counted[] = [];
  for (const partition of due) {
    const missing: string[] = [];
    if (partition.tier !== undefined) {
      onStep(partition, 'reading the tier');
      // The comparison with the archive shows whether the points of a missing file are there nevertheless.
      await fillPartition(pool, store, partition.tier, pace, ({ objectKey }) => missing.push(objectKey));
    }
    partitions.push({ ...partition, ...timesOf(partition), missing });
  }
  const prints = new Map<Counted, Fingerprint>();
  for (const partition of partitions) {
    prints.set(partition, await pacedFingerprintOf(pool, partition, partition.points ?? 0, pace.rest));
  }
  const archived = await ArchivedPoints.create(pool, pace, partitions);
  try {
    const differences = await compareAll(parts, archived, prints);
    for (const partition of partitions) {
      if (parts.signal.aborted) return;
      const difference = differences.get(partition);
      const fingerprint = prints.get(partition);
      if (difference === undefined || fingerprint === undefined) continue;
      if (difference.count > 0) {
        yield { kind: 'refused', partition, difference, missing: partition.missing };
        continue;
      }
      onStep(partition, 'verified');
      try {
        const onMoveStep = (step: MoveStep, points?: number): void => {
          onStep(partition, step, points);
          if (step !== 'after the commit') parts.signal.throwIfAborted();
        };
        const files = await movePartition({ ...parts, onStep: onMoveStep }, partition, fingerprint);
        yield { kind: 'moved', partition, points: fingerprint.points, files };
      } catch (error) {
        if (!(error instanceof PartitionChanged)) throw error;
        yield { kind: 'changed', partition, reason: error.message };
      }
    }
  } finally {
    await archived.drop();
  }
}

/** The times of the points, and of those of the tier if there is one. */
function timesOf({ oldestAt = new Date(), newestAt = new Date(), tier }: PartitionReport) {
  return {
    oldestAt: tier !== undefined && tier.oldestAt < oldestAt ? tier.oldestAt : oldestAt,
    newestAt: tier !== undefined && tier.newestAt > newestAt ? tier.newestAt : newestAt,
  };
}

/**
 * Compares the partitions with the archive of the days of their points. Events may be archived long after their time, as those of an
 * imported experiment are: where points are missing, the rest of the archive is read too.
 */
async function compareAll(
  parts: RetentionParts,
  archived: ArchivedPoints,
  prints: ReadonlyMap<Counted, Fingerprint>,
): Promise<ReadonlyMap<Counted, ArchiveDifference>> {
  const partitions = [...prints.keys()];
  const since = Math.min(...partitions.map(({ oldestAt }) => oldestAt.getTime())) - DAY_MS;
  const until = Math.max(...partitions.map(({ newestAt }) => newestAt.getTime())) + DAY_MS;
  const found = new Map<Counted, ArchiveDifference>();
  for (const window of [
    { since, until },
    { since: until, until: undefined },
    { since: undefined, until: since },
  ]) {
    for (const partition of partitions) parts.onStep(partition, 'reading the archive');
    await parts.readArchive(window, (records) => archived.add(records));
    for (const [partition, { points }] of prints) found.set(partition, await archived.compare(partition, points));
    if ([...found.values()].every(({ count }) => count === 0)) break;
  }
  return found;
}
