import { findPartitions, type MetricPartition } from '../store/tables/metric-partitions.ts';
import { findTiers, type Tier } from '../store/tables/metric-tiers.ts';
import type { Database } from '../store/tables/mlflow-links.ts';

/** Why a partition stays as it is, or that it is due. */
export type PartitionState =
  /** Every trial has its number and every point is old enough: it can move to the older tiers. */
  | 'due'
  /** The range was moved before, and points have arrived for it since: they are added to the tier. */
  | 'late'
  /** New trials still get numbers of its range. */
  | 'open'
  /** A trial or a point is younger than the raw days. */
  | 'young'
  | 'empty';

export interface PartitionReport extends MetricPartition {
  readonly state: PartitionState;
  readonly bytes: number;
  /** Undefined where the points were not counted, because the trials alone show that the partition stays. */
  readonly points: number | undefined;
  readonly oldestAt: Date | undefined;
  readonly newestAt: Date | undefined;
  /** The tier of the range; undefined if the range was not moved yet. */
  readonly tier: Tier | undefined;
}

/** The greatest number of a trial, and whether a trial of the range has started or ended since. */
const TRIALS = `
  select (select max(trial_key) from metric_trials)::float8 as newest_key,
    pg_total_relation_size(to_regclass($4))::float8 as bytes,
    exists (
      select from metric_trials k join cerebros_model_trials t on t.model_run_id = k.model_run_id and t.trial_id = k.trial_id
      where k.trial_key >= $1 and k.trial_key < $2 and greatest(t.started_at, t.completed_at) >= $3
    ) as has_young_trial`;

interface TrialsRow {
  readonly newest_key: number | null;
  readonly bytes: number;
  readonly has_young_trial: boolean;
}

const pointsSql = (table: string): string =>
  `select count(*)::float8 as points, min(recorded_at) as oldest, max(recorded_at) as newest from ${table}`;

/**
 * The partitions of `trial_metrics` and whether they can move. The points of a partition are counted, in one scan, only if no trial of
 * it has started or ended after `olderThan`.
 */
export async function findPartitionStates(client: Database, olderThan: Date): Promise<readonly PartitionReport[]> {
  const tiers = await findTiers(client);
  const reports: PartitionReport[] = [];
  for (const partition of await findPartitions(client)) {
    const tier = tiers.find(({ first }) => first === partition.first);
    reports.push(await reportOf(client, partition, tier, olderThan));
  }
  return reports;
}

async function reportOf(
  client: Database,
  partition: MetricPartition,
  tier: Tier | undefined,
  olderThan: Date,
): Promise<PartitionReport> {
  const { first, end, table } = partition;
  const { rows } = await client.query<TrialsRow>(TRIALS, [first, end, olderThan, table]);
  const { newest_key = null, bytes = 0, has_young_trial: hasYoungTrial = false } = rows[0] ?? {};
  const uncounted = { ...partition, tier, bytes, points: undefined, oldestAt: undefined, newestAt: undefined };
  if (tier === undefined && (newest_key ?? 0) < end) return { ...uncounted, state: 'open' };
  if (tier === undefined && hasYoungTrial) return { ...uncounted, state: 'young' };
  const counted = await client.query<{ points: number; oldest: Date | null; newest: Date | null }>(pointsSql(table));
  const { points = 0, oldest = null, newest = null } = counted.rows[0] ?? {};
  const report = { ...uncounted, points, oldestAt: oldest ?? undefined, newestAt: newest ?? undefined };
  if (newest === null) return { ...report, state: 'empty' };
  if (tier !== undefined) return { ...report, state: 'late' };
  return { ...report, state: newest < olderThan ? 'due' : 'young' };
}
