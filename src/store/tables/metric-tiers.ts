import type { ClientBase } from 'pg';
import type { KeyRange } from './metric-partitions.ts';
import type { Database } from './mlflow-links.ts';

/** A Parquet file of a tier. */
export interface TierFile {
  /** The key of its object in the bucket. */
  readonly objectKey: string;
  readonly firstTrialKey: number;
  readonly lastTrialKey: number;
  readonly points: number;
  readonly bytes: number;
}

/** A range of trials whose points are in roll-ups and Parquet files. */
export interface Tier extends KeyRange {
  readonly points: number;
  readonly oldestAt: Date;
  readonly newestAt: Date;
}

const TIERS = `
  select first_trial_key::float8 as first, end_trial_key::float8 as end, points::float8 as points,
    oldest_at as "oldestAt", newest_at as "newestAt"
  from metric_tiers order by first_trial_key`;

export const findTiers = async (client: Database): Promise<readonly Tier[]> => (await client.query<Tier>(TIERS)).rows;

/** The columns of `TierFile`. */
export const TIER_FILES = `
  select object_key as "objectKey", first_trial_key as "firstTrialKey", last_trial_key as "lastTrialKey",
    points::float8 as points, bytes::float8 as bytes
  from metric_tier_files`;

export const filesOfTier = async (client: Database, first: number): Promise<readonly TierFile[]> =>
  (await client.query<TierFile>(`${TIER_FILES} where tier = $1 order by first_trial_key, last_trial_key`, [first]))
    .rows;

/** Writes a tier and its files in place of the earlier ones. Must be called in a transaction. */
export async function replaceTier(client: ClientBase, tier: Tier, files: readonly TierFile[]): Promise<void> {
  const { first, end, points, oldestAt, newestAt } = tier;
  await client.query('delete from metric_tiers where first_trial_key = $1', [first]);
  await client.query(
    `insert into metric_tiers (first_trial_key, end_trial_key, points, oldest_at, newest_at) values ($1, $2, $3, $4, $5)`,
    [first, end, points, oldestAt, newestAt],
  );
  for (const file of files) {
    await client.query(
      `insert into metric_tier_files (object_key, tier, first_trial_key, last_trial_key, points, bytes)
       values ($1, $2, $3, $4, $5, $6)`,
      [file.objectKey, first, file.firstTrialKey, file.lastTrialKey, file.points, file.bytes],
    );
  }
}

/** Removes a tier with its roll-ups. Must be called in a transaction. */
export async function removeTier(client: ClientBase, { first, end }: KeyRange): Promise<void> {
  await client.query('delete from metric_tiers where first_trial_key = $1', [first]);
  await client.query('delete from metric_rollups where trial_key >= $1 and trial_key < $2', [first, end]);
}
