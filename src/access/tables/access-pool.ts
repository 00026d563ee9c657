import pg from 'pg';
import type { Log } from '../../log.ts';
import { DatabaseUnavailable } from '../../store/database-error.ts';

/** How long connecting may take, and how long a query may take after that, in milliseconds. */
export const KEY_QUERY_MS = 2_000;

/** Runs one statement. Rejects with {@link DatabaseUnavailable} within {@link KEY_QUERY_MS}, twice that at most. */
export type RunQuery = <T extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]) => Promise<T[]>;

export interface AccessPool {
  readonly run: RunQuery;
  close(): Promise<void>;
}

/**
 * The connections for keys and the audit log. They have a pool of their own, with short deadlines, so that an authentication
 * never waits for the writes of a sink.
 */
export function connectAccessPool(databaseUrl: string, log: Log): AccessPool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 2,
    connectionTimeoutMillis: KEY_QUERY_MS,
    query_timeout: KEY_QUERY_MS,
    application_name: 'thunderline access',
  });
  // The pool replaces an idle connection that breaks; the next query shows whether Postgres is unavailable.
  pool.on('error', (cause) => log.debug({ cause }, 'an idle connection to Postgres broke'));
  return {
    async run<T extends pg.QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
      try {
        return (await pool.query<T>(sql, [...parameters])).rows;
      } catch (error) {
        throw new DatabaseUnavailable(error);
      }
    },
    close: () => pool.end(),
  };
}

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_COLUMN = '42703';

/** Whether an error means that the database has not been migrated yet. */
export const isUnmigrated = ({ cause }: DatabaseUnavailable): boolean =>
  cause instanceof pg.DatabaseError && (cause.code === UNDEFINED_TABLE || cause.code === UNDEFINED_COLUMN);
