import { findPartitions } from '../tables/metric-partitions.ts';
import { findTiers } from '../tables/metric-tiers.ts';
import type { Database } from '../tables/mlflow-links.ts';

/** How much of the metric points each tier has, and what waits for the next run of `thunderline retention --apply`. */
export interface RetentionState {
  /** Raw points are those that Postgres estimated when it last analysed their partitions. */
  readonly points: Readonly<Record<'raw' | 'rolled_up', number>>;
  readonly bytes: Readonly<Record<'raw' | 'rollups' | 'files', number>>;
  /** Partitions whose points should have left Postgres. */
  readonly partitionsDue: number;
  /** When a partition was last moved, epoch milliseconds; undefined if none was. */
  readonly rolledUpAtMs: number | undefined;
}

const SIZES = `
  select
    (select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass('trial_metrics')) as raw,
    (select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)::float8 from pg_inherits i
      where i.inhparent = to_regclass('trial_metrics')) as raw_bytes,
    pg_total_relation_size('metric_rollups')::float8 as rollup_bytes,
    (select coalesce(sum(bytes), 0)::float8 from metric_tier_files) as file_bytes,
    (select extract(epoch from max(rolled_up_at))::float8 * 1000 from metric_tiers) as rolled_up_at`;

interface SizesRow {
  readonly raw: number;
  readonly raw_bytes: number;
  readonly rollup_bytes: number;
  readonly file_bytes: number;
  readonly rolled_up_at: number | null;
}

/** A range that every trial has its number of, without a trial that has started or ended since. */
const DUE = `
  select exists (select from trial_metrics where trial_key >= $1 and trial_key < $2) and ($4 or (
    coalesce((select max(trial_key) from metric_trials), 0) >= $2 and not exists (
      select from metric_trials k join cerebros_model_trials t on t.model_run_id = k.model_run_id and t.trial_id = k.trial_id
      where k.trial_key >= $1 and k.trial_key < $2 and greatest(t.started_at, t.completed_at) >= $3
    ))) as due`;

/**
 * Reads the state. The times of trials decide whether a partition is due, and not those of its points, which only a scan of all of
 * them would show; points that came long after the end of their trial hold it back longer than it is counted here.
 *
 * @param olderThan the age that points have in Postgres at most.
 */
export async function readRetentionState(client: Database, olderThan: Date): Promise<RetentionState> {
  const sizes = await client.query<SizesRow>(SIZES);
  const [row] = sizes.rows;
  const tiers = await findTiers(client);
  let partitionsDue = 0;
  for (const { first, end } of await findPartitions(client)) {
    const isMoved = tiers.some((tier) => tier.first === first);
    const { rows } = await client.query<{ due: boolean }>(DUE, [first, end, olderThan, isMoved]);
    if (rows[0]?.due) partitionsDue += 1;
  }
  return {
    points: { raw: row?.raw ?? 0, rolled_up: tiers.reduce((sum, { points }) => sum + points, 0) },
    bytes: { raw: row?.raw_bytes ?? 0, rollups: row?.rollup_bytes ?? 0, files: row?.file_bytes ?? 0 },
    partitionsDue,
    rolledUpAtMs: row?.rolled_up_at ?? undefined,
  };
}
