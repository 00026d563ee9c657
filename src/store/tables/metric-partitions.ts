import type pg from 'pg';
import { LOCK_NUMBERS } from '../lock-numbers.ts';
import { inTransaction } from '../pool.ts';

/** At a thousand points a trial a full partition is 65 million rows, some 8 GB: quick to vacuum, and few in number. */
export const TRIALS_PER_PARTITION = 65_536;

/** Rows are added and hardly ever changed: vacuum is needed only to mark pages as visible to all, so that reads can skip them. */
const STORAGE =
  'autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_freeze_min_age = 0';

/** Creates the partitions of `trial_metrics` when trials need them. */
export class MetricPartitions {
  readonly #known = new Set<number>();

  /** Resolves when there is a partition for each of the trials. */
  async ensure(pool: pg.Pool, trialKeys: Iterable<number>): Promise<void> {
    for (const key of trialKeys) {
      const partition = Math.floor(key / TRIALS_PER_PARTITION);
      if (this.#known.has(partition)) continue;
      await createPartition(pool, partition);
      this.#known.add(partition);
    }
  }
}

async function createPartition(pool: pg.Pool, partition: number): Promise<void> {
  const table = `trial_metrics_${String(partition).padStart(5, '0')}`;
  const attached = { text: 'select from pg_inherits where inhrelid = to_regclass($1)', values: [table] };
  if ((await pool.query(attached)).rowCount !== 0) return;
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_NUMBERS.partition]);
    if ((await client.query(attached)).rowCount !== 0) return;
    const first = partition * TRIALS_PER_PARTITION;
    // A table that is created first and then attached waits for no reader or writer of the other partitions.
    await client.query(`create table ${table} (like trial_metrics including all) with (${STORAGE})`);
    await client.query(
      `alter table trial_metrics attach partition ${table} for values from (${first}) to (${first + TRIALS_PER_PARTITION})`,
    );
  });
}
