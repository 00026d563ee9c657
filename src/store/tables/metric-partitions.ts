import type pg from 'pg';
import { LOCK_NUMBERS } from '../lock-numbers.ts';
import { inTransaction } from '../pool.ts';
import type { Database } from './mlflow-links.ts';

/** The width of a new installation. At a thousand points a trial a full partition is 65 million rows, some 8 GB. */
export const DEFAULT_TRIALS_PER_PARTITION = 65_536;

/** The greatest end of a range of trials: `trial_key` has 31 bits. */
const LAST_END = 2 ** 31 - 1;

/** Rows are added and hardly ever changed: vacuum is needed only to mark pages as visible to all, so that reads can skip them. */
export const PARTITION_STORAGE =
  'autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_freeze_min_age = 0';

/** A range of trials. */
export interface KeyRange {
  readonly first: number;
  /** The first key after it. */
  readonly end: number;
}

/** A partition of `trial_metrics`. */
export interface MetricPartition extends KeyRange {
  readonly table: string;
}

/** The bounds of a partition are in the catalogue only as text: `FOR VALUES FROM (0) TO (65536)`. */
const PARTITIONS = `
  select p.table, p.bounds[1]::int8::float8 as first, p.bounds[2]::int8::float8 as end
  from (
    select c.relname as table, regexp_match(pg_get_expr(c.relpartbound, c.oid), '\\((\\d+)\\).*\\((\\d+)\\)') as bounds
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass('trial_metrics')
  ) p
  order by first`;

/** The partitions of `trial_metrics`, in the order of their trials. */
export const findPartitions = async (client: Database): Promise<readonly MetricPartition[]> =>
  (await client.query<MetricPartition>(PARTITIONS)).rows;

/** Creates the partitions of `trial_metrics` when trials need them. */
export class MetricPartitions {
  #known: readonly KeyRange[] = [];

  /** Resolves when there is a partition for each of the trials. */
  async ensure(pool: pg.Pool, trialKeys: Iterable<number>): Promise<void> {
    let last: KeyRange | undefined;
    for (const key of trialKeys) {
      if (contains(last, key)) continue;
      last = this.#rangeOf(key);
      if (last !== undefined) continue;
      this.#known = await findPartitions(pool);
      if (this.#rangeOf(key) === undefined) this.#known = await createPartition(pool, key);
    }
  }

  /** Trials that are written now are in the last ranges. */
  #rangeOf = (key: number): KeyRange | undefined => this.#known.findLast((range) => contains(range, key));
}

const contains = (range: KeyRange | undefined, key: number): boolean =>
  range !== undefined && key >= range.first && key < range.end;

/** Creates the partition of a trial unless another process has; returns all of them. */
async function createPartition(pool: pg.Pool, key: number): Promise<readonly MetricPartition[]> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_NUMBERS.partition]);
    const partitions = await findPartitions(client);
    if (partitions.some((partition) => contains(partition, key))) return partitions;
    const { rows } = await client.query<KeyRange>(TIERS);
    const range = rangeAround(key, await readWidth(client), [...partitions, ...rows]);
    const table = tableName(range);
    // A table that is created first and then attached waits for no reader or writer of the other partitions.
    await client.query(`create table ${table} (like trial_metrics including all) with (${PARTITION_STORAGE})`);
    await client.query(
      `alter table trial_metrics attach partition ${table} for values from (${range.first}) to (${range.end})`,
    );
    return [...partitions, { ...range, table }];
  });
}

const TIERS = 'select first_trial_key::float8 as first, end_trial_key::float8 as end from metric_tiers';

/** The number of trials in each new partition. */
async function readWidth(client: Database): Promise<number> {
  const { rows } = await client.query<{ width: number }>(
    'select trials_per_partition as width from metric_partitioning',
  );
  return rows[0]?.width ?? DEFAULT_TRIALS_PER_PARTITION;
}

/** Sets the number of trials in each new partition; returns the number before. Partitions that exist keep theirs. */
export async function setWidth(client: Database, width: number): Promise<number> {
  const before = await readWidth(client);
  const sql = `insert into metric_partitioning (trials_per_partition) values ($1)
    on conflict (is_only) do update set trials_per_partition = excluded.trials_per_partition`;
  await client.query(sql, [width]);
  return before;
}

/**
 * The range of a new partition that has `key`: that of a tier if one has it, so that its late points are together. Otherwise it
 * begins at a multiple of the width, and is shorter where it would overlap a range of another width.
 */
export function rangeAround(key: number, width: number, taken: readonly KeyRange[]): KeyRange {
  const own = taken.find((range) => contains(range, key));
  if (own !== undefined) return { first: own.first, end: own.end };
  const start = Math.floor(key / width) * width;
  return {
    first: Math.max(start, ...taken.filter(({ end }) => end <= key).map(({ end }) => end)),
    end: Math.min(start + width, LAST_END, ...taken.filter(({ first }) => first > key).map(({ first }) => first)),
  };
}

/** Earlier releases name a partition by its number and create one of any other name again, so theirs are named alike. */
const tableName = ({ first, end }: KeyRange): string =>
  end - first === DEFAULT_TRIALS_PER_PARTITION && first % DEFAULT_TRIALS_PER_PARTITION === 0
    ? `trial_metrics_${String(first / DEFAULT_TRIALS_PER_PARTITION).padStart(5, '0')}`
    : `trial_metrics_from_${first}`;
