import type pg from 'pg';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import { isMissingObject } from '../sinks/archive/store-error.ts';
import { FLOAT8, fixedArray, INT4, UUID } from '../store/binary-array.ts';
import { inTransaction } from '../store/pool.ts';
import { MetricKeys } from '../store/tables/metric-keys.ts';
import { MetricPartitions } from '../store/tables/metric-partitions.ts';
import { filesOfTier, findTiers, removeTier, type Tier, type TierFile } from '../store/tables/metric-tiers.ts';
import type { Pace } from './pace.ts';
import { type FilePoint, readAllRows } from './point-file.ts';
import { remoteFile } from './point-files.ts';
import { lockRetention } from './retention-lock.ts';

/** As `writePoints` does: of two points with one identity the greater (attempt, time, value) is kept. */
const ADD = `
  insert into trial_metrics as held (trial_key, name_key, step, event_id, recorded_at, value, attempt)
  select trial_key, name_key, step, event_id, 'epoch'::timestamptz + micros * interval '1 microsecond', value,
    nullif(attempt, 0)
  from unnest($1::int4[], $2::int4[], $3::int8[], $4::uuid[], $5::int8[], $6::float8[], $7::int4[])
    as given (trial_key, name_key, step, event_id, micros, value, attempt)
  on conflict (trial_key, name_key, step, event_id) do update set
    recorded_at = excluded.recorded_at, value = excluded.value, attempt = excluded.attempt
  where (coalesce(excluded.attempt, 0), excluded.recorded_at, excluded.value, float8send(excluded.value))
    > (coalesce(held.attempt, 0), held.recorded_at, held.value, float8send(held.value))`;

/**
 * Writes the points of a tier into its partition again, in addition to any late points in it. Queries read the tier
 * throughout. May be repeated.
 *
 * @param onMissing called for each file that is not in the bucket.
 */
export async function fillPartition(
  pool: pg.Pool,
  store: ObjectStore,
  tier: Tier,
  pace: Pace,
  onMissing: (file: TierFile) => void,
): Promise<void> {
  await new MetricPartitions().ensure(pool, [tier.first]);
  const names = new MetricKeys();
  for (const file of await filesOfTier(pool, tier.first)) {
    try {
      for await (const rows of readAllRows(remoteFile(store, file))) {
        await addRows(pool, names, rows);
        await pace.rest();
      }
    } catch (error) {
      if (!isMissingObject(error)) throw error;
      onMissing(file);
    }
  }
}

async function addRows(pool: pg.Pool, names: MetricKeys, rows: readonly FilePoint[]): Promise<void> {
  const given = [...new Set(rows.map(({ name }) => name))];
  const keys = await names.ofNames(pool, given);
  const keyOfName = new Map(given.map((name, index) => [name, keys[index] ?? 0]));
  const values = [
    fixedArray(
      INT4,
      rows.map(({ trial_key }) => trial_key),
    ),
    fixedArray(
      INT4,
      rows.map(({ name }) => keyOfName.get(name) ?? 0),
    ),
    rows.map(({ step }) => String(step)),
    fixedArray(
      UUID,
      rows.map(({ event_id }) => event_id),
    ),
    rows.map(({ recorded_at }) => String(recorded_at)),
    fixedArray(
      FLOAT8,
      rows.map(({ value }) => value),
    ),
    fixedArray(
      INT4,
      rows.map(({ attempt }) => attempt),
    ),
  ];
  await inTransaction(pool, (client) => client.query({ name: 'restore-points', text: ADD, values }));
}

/** A tier cannot be brought back; the message says why. */
export class TierNotRestored extends Error {
  override readonly name = 'TierNotRestored';
}

const ROLLED_UP = 'select rolled_up_at::text as at from metric_tiers where first_trial_key = $1';

/**
 * Brings every point of a tier back to `trial_metrics`, and removes its roll-ups. Its files stay in the bucket. Returns the tier.
 * Throws `RetentionRuns` while another process moves or restores points, and {@link TierNotRestored}.
 *
 * @param first the first trial of the tier.
 */
export async function restoreTier(pool: pg.Pool, store: ObjectStore, first: number, pace: Pace): Promise<Tier> {
  const unlock = await lockRetention(pool);
  try {
    return await restoreLocked(pool, store, first, pace);
  } finally {
    unlock();
  }
}

async function restoreLocked(pool: pg.Pool, store: ObjectStore, first: number, pace: Pace): Promise<Tier> {
  const before = (await pool.query<{ at: string }>(ROLLED_UP, [first])).rows[0];
  const tier = (await findTiers(pool)).find((each) => each.first === first);
  if (before === undefined || tier === undefined) throw new TierNotRestored(`no tier begins at the trial ${first}`);
  await fillPartition(pool, store, tier, pace, ({ objectKey }) => {
    throw new TierNotRestored(
      `the file ${objectKey} of the tier is not in the bucket: "thunderline replay --sink postgres" brings its points back from ` +
        'the archive, and "thunderline retention --apply" writes the file again',
    );
  });
  await inTransaction(pool, async (client) => {
    // The lock of the retention ends with its connection. Another run may have moved the points since.
    const now = (await client.query<{ at: string }>(`${ROLLED_UP} for update`, [first])).rows[0];
    if (now?.at !== before.at) throw new TierNotRestored(`the tier of the trial ${first} was written again meanwhile`);
    await removeTier(client, tier);
  });
  return tier;
}
