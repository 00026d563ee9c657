import pg from 'pg';
import type { Log } from '../log.ts';
import { DatabaseUnavailable } from './database-error.ts';

export interface PoolSettings {
  readonly databaseUrl: string;
  /** Maximum number of connections. */
  readonly poolSize: number;
  /** Time limits of one statement and of its wait for a lock, in milliseconds. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** Schema of the tables; the search path of the server decides where it is absent. */
  readonly schema?: string;
}

export const POOL_TIMEOUTS = { statementTimeoutMs: 30_000, lockTimeoutMs: 10_000 } as const;

/** Time for the server to report its own timeout before the client gives up. */
const ANSWER_GRACE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Age at which a connection is replaced: the caches that its server process keeps only grow. */
const MAX_LIFETIME_S = 3_600;

/**
 * Connections for work that must never hang: the server cancels a statement that takes too long, and if the server does not
 * respond at all (a cut network, a frozen machine) the client gives up a little later.
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
    // One plan for any batch: planning each time would examine every array first. Compiling these plans never pays.
    options: [
      ['statement_timeout', statementTimeoutMs],
      ['lock_timeout', lockTimeoutMs],
      ['idle_in_transaction_session_timeout', statementTimeoutMs + ANSWER_GRACE_MS],
      ['plan_cache_mode', 'force_generic_plan'],
      ['jit', 'off'],
      // Hot pages are cached, so random reads are cheap. Queries take milliseconds; parallel workers would only take CPU
      // from the writers.
      ['random_page_cost', 1.1],
      ['max_parallel_workers_per_gather', 0],
      ...(schema === undefined ? [] : [['search_path', schema]]),
    ]
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  // The pool stops listening to a client before the code that asked for it can listen itself, and the server may end the
  // connection in between. The next query on it reports that.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  // An idle connection that breaks is replaced by the pool. Without a listener the event would end the process.
  pool.on('error', (cause) => log.debug({ cause: cause.message }, 'an idle connection to Postgres broke'));
  return pool;
}

/**
 * Runs `work` in one transaction. A connection on which anything failed is closed, not reused: finding out its state takes a
 * round trip that may fail too.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failed: Error | undefined;
  // The pool does not listen for errors of a client that is checked out; the query in progress reports them.
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
