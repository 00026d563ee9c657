import pg from 'pg';
import type { Log } from '../log.ts';
import { DatabaseUnavailable } from './database-error.ts';

export interface PoolSettings {
  readonly databaseUrl: string;
  /** Connections, at most. */
  readonly poolSize: number;
  /** How long one statement may run, and how long it may wait for a lock, in milliseconds. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** Where the tables are; absent, where the server looks for them. */
  readonly schema?: string;
}

export const POOL_TIMEOUTS = { statementTimeoutMs: 30_000, lockTimeoutMs: 10_000 } as const;

/** What the server needs to report its own timeout before we stop listening for it. */
const ANSWER_GRACE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection is replaced now and then: the caches a server process keeps for it only ever grow. */
const MAX_LIFETIME_S = 3_600;

/**
 * Connections for work that must never hang: the server ends a statement that takes too long, and where the server does not
 * answer at all (a cut network, a frozen machine) the client gives up after it.
 */
export function createPool(settings: PoolSettings, log: Log): pg.Pool {
  const { databaseUrl, poolSize, statementTimeoutMs, lockTimeoutMs, schema } = settings;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    maxLifetimeSeconds: MAX_LIFETIME_S,
    keepAlive: true,
    application_name: 'thunderline',
    // Plans made once for any batch: planning anew each time would look at every array first. Compiling them never pays.
    options: [
      ['statement_timeout', statementTimeoutMs],
      ['lock_timeout', lockTimeoutMs],
      ['idle_in_transaction_session_timeout', statementTimeoutMs + ANSWER_GRACE_MS],
      ['plan_cache_mode', 'force_generic_plan'],
      ['jit', 'off'],
      // What is asked often is in memory, so a look into an index costs no seek; and a query of milliseconds gains nothing
      // from a second process, which takes a processor from those that write.
      ['random_page_cost', 1.1],
      ['max_parallel_workers_per_gather', 0],
      ...(schema === undefined ? [] : [['search_path', schema]]),
    ]
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  // An idle connection that breaks is replaced by the pool. Without a listener the event would end the process.
  pool.on('error', (cause) => log.debug({ cause: cause.message }, 'an idle connection to Postgres broke'));
  return pool;
}

/**
 * Runs `work` in one transaction. A connection on which anything failed is closed, not reused: what state it is in is
 * known only after a round trip that may fail too.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failed: Error | undefined;
  // While the client is ours the pool does not listen for its errors; the query in progress reports them.
  const onError = (error: Error) => {
    failed = error;
  };
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    const { command } = await client.query('commit');
    // Postgres answers ROLLBACK to the commit of a transaction in which a statement failed.
    if (command !== 'COMMIT') throw new DatabaseUnavailable(new Error(`commit was answered with ${command}`));
    return result;
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.off('error', onError);
    client.release(failed);
  }
}
