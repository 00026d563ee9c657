import type pg from 'pg';
import { inTransaction } from '../pool.ts';

/** At a thousand points a trial a full partition is 65 million rows, some 8 GB: quick to vacuum, and few in number. */
export const TRIALS_PER_PARTITION = 65_536;

/** Locks the making of partitions among processes; any number not used for another lock. */
const ADVISORY_LOCK = 7_283_114_903;

/** Rows are added and never changed: vacuum is only to mark pages as visible to all, so that reads can skip them. */
const STORAGE =
  'autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_freeze_min_age = 0';

/** Makes the partitions of `trial_metrics` as trials come to need them. */
export class MetricPartitions {
  readonly #known = new Set<number>();

  /** Resolves when there is a partition for each of the trials. */
  async ensure(pool: pg.Pool, trialKeys: Iterable<number>): Promise<void> {
    for (const key of trialKeys) {
      const partition = Math.floor(key / TRIALS_PER_PARTITION);
      if (this.#known.has(partition)) continue;
      await make(pool, partition);
      this.#known.add(partition);
    }
  }

  /** Forgets everything, for when partitions were detached. */
  clear(): void {
    this.#known.clear();
  }
}

async function make(pool: pg.Pool, partition: number): Promise<void> {
  const table = `trial_metrics_${String(partition).padStart(5, '0')}`;
  const attached = { text: 'select from pg_inherits where inhrelid = to_regclass($1)', values: [table] };
  if ((await pool.query(attached)).rowCount !== 0) return;
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    if ((await client.query(attached)).rowCount !== 0) return;
    const first = partition * TRIALS_PER_PARTITION;
    // Made apart and attached, it waits for no reader or writer of the other partitions; "partition of" would.
    await client.query(`create table ${table} (like trial_metrics including all) with (${STORAGE})`);
    await client.query(
      `alter table trial_metrics attach partition ${table} for values from (${first}) to (${first + TRIALS_PER_PARTITION})`,
    );
  });
}
