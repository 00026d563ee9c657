import type pg from 'pg';
import type { MetricPartition } from '../store/tables/metric-partitions.ts';
import { piecesOf } from './archived-points.ts';

/** The number of rows of a partition, and a hash of its content that does not depend on their order. */
export interface Fingerprint {
  readonly points: number;
  readonly content: string;
}

/** Rows that one statement hashes, about, where a rest may follow. */
const POINTS_AT_ONCE = 10_000;

const fingerprintSql = (table: string): string => `
  select count(*)::float8 as points, coalesce(sum(hash_record_extended(
    (trial_key, name_key, step, event_id, recorded_at, float8send(value), coalesce(attempt, 0)), 0)), 0)::text as content
  from ${table}`;

/** The fingerprint of a partition in one statement, which holds in a transaction that locks it. */
export async function fingerprintOf(client: pg.Pool | pg.PoolClient, { table }: MetricPartition): Promise<Fingerprint> {
  const { rows } = await client.query<Fingerprint>(fingerprintSql(table));
  return rows[0] ?? { points: 0, content: '' };
}

/**
 * The same in pieces. It is that of no single moment if rows change meanwhile; then it differs from a later one.
 *
 * @param points rows of the partition, about.
 * @param rest called after each piece.
 */
export async function pacedFingerprintOf(
  pool: pg.Pool,
  { table, ...range }: MetricPartition,
  points: number,
  rest: () => Promise<void>,
): Promise<Fingerprint> {
  const text = `${fingerprintSql(table)} where trial_key >= $1 and trial_key < $2`;
  let [sum, content] = [0, 0n];
  for (const { first, end } of piecesOf(range, Math.ceil(points / POINTS_AT_ONCE))) {
    const { rows } = await pool.query<Fingerprint>(text, [first, end]);
    sum += rows[0]?.points ?? 0;
    content += BigInt(rows[0]?.content ?? 0);
    await rest();
  }
  return { points: sum, content: String(content) };
}
