import type pg from 'pg';

/** Sizes in bytes, and counts of rows that operators watch. */
export interface DatabaseState {
  readonly databaseBytes: number;
  readonly tableBytes: ReadonlyMap<string, number>;
  /** The partitions of `trial_metrics`, from the oldest to the newest. */
  readonly partitionBytes: readonly number[];
  readonly bridges: Readonly<Record<'working' | 'paused' | 'lost', number>>;
  /** Slots of the working bridges. */
  readonly slots: number;
  /** When the first of the valid API keys expires, epoch milliseconds; undefined if none of them expires. */
  readonly keyExpiresAtMs: number | undefined;
}

const TABLES = `
  select c.relname as name, sum(pg_total_relation_size(coalesce(i.inhrelid, c.oid)))::float8 as bytes
  from pg_class c left join pg_inherits i on i.inhparent = c.oid and c.relkind = 'p'
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  group by c.relname order by c.relname`;

const PARTITIONS = `
  select pg_total_relation_size(i.inhrelid)::float8 as bytes
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = to_regclass('trial_metrics') order by c.relname`;

const REST = `
  select pg_database_size(current_database())::float8 as database,
    (select extract(epoch from min(expires_at))::float8 * 1000 from api_keys
      where revoked_at is null and expires_at > now()) as expires`;

const BRIDGES = `
  select case when alive_until <= now() then 'lost' when paused_at is not null then 'paused' else 'working' end as state,
    count(*)::int as count, sum(slots)::int as slots
  from bridges group by 1`;

/** Reads the state, in a few milliseconds: sizes come from the catalogue, and nothing counts rows of large tables. */
export async function readDatabaseState(pool: pg.Pool): Promise<DatabaseState> {
  const tables = await pool.query<{ name: string; bytes: number }>(TABLES);
  const partitions = await pool.query<{ bytes: number }>(PARTITIONS);
  const rest = await pool.query<{ database: number; expires: number | null }>(REST);
  const bridges = await pool.query<{ state: 'working' | 'paused' | 'lost'; count: number; slots: number }>(BRIDGES);
  return {
    databaseBytes: rest.rows[0]?.database ?? 0,
    tableBytes: new Map(tables.rows.map(({ name, bytes }) => [name, bytes])),
    partitionBytes: partitions.rows.map(({ bytes }) => bytes),
    bridges: {
      working: 0,
      paused: 0,
      lost: 0,
      ...Object.fromEntries(bridges.rows.map((row) => [row.state, row.count])),
    },
    slots: bridges.rows.find(({ state }) => state === 'working')?.slots ?? 0,
    keyExpiresAtMs: rest.rows[0]?.expires ?? undefined,
  };
}
