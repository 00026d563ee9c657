import pg from 'pg';
import { countCalls } from '../dependency-calls.ts';
import type { Log } from '../log.ts';
import { alsoWhenRead } from '../metrics/when-read.ts';
import type { Metrics } from '../metrics.ts';
import { countedClient } from './counted-client.ts';
import { DatabaseUnavailable } from './database-error.ts';
import { applySettings, type SessionSettings } from './session-settings.ts';

export interface PoolSettings {
  readonly databaseUrl: string;
  /** Maximum number of connections. */
  readonly poolSize: number;
  /** Time limits of one statement and of its wait for a lock, in milliseconds. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** How much longer than the server the client waits for the end of a statement, in milliseconds. */
  readonly answerGraceMs?: number;
  readonly connectTimeoutMs?: number;
  /** Schema of the tables; the search path of the server decides where it is absent. */
  readonly schema?: string;
  /**
   * Whether the statements are queries of HTTP clients: each is planned for its own values, and cancelled when its
   * connection is closed.
   */
  readonly isForQueries?: boolean;
}

/** The metrics of the process, and the name of the pool in them, from a closed list: that of the role that owns it. */
export interface PoolMeasures {
  readonly metrics: Metrics;
  readonly pool: 'shared' | 'postgres' | 'mlflow' | 'queries' | 'lease';
}

export const POOL_TIMEOUTS = { statementTimeoutMs: 30_000, lockTimeoutMs: 10_000 } as const;

/** Time for the server to report its own timeout before the client gives up. */
const ANSWER_GRACE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTION_CHECK_MS = 500;
/** Age at which a connection is replaced: the caches that its server process keeps only grow. */
const MAX_LIFETIME_S = 3_600;

/**
 * Connections for work that must never hang: the server cancels a statement that takes too long, and if the server does not
 * respond at all (a cut network, a frozen machine) the client gives up a little later.
 *
 * @param measures absent, nothing is measured.
 */
export function createPool(settings: PoolSettings, log: Log, measures?: PoolMeasures): pg.Pool {
  const { databaseUrl, poolSize, statementTimeoutMs, lockTimeoutMs, schema, isForQueries = false } = settings;
  const { answerGraceMs = ANSWER_GRACE_MS, connectTimeoutMs = CONNECT_TIMEOUT_MS } = settings;
  const session: SessionSettings = {
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs + answerGraceMs,
    // One plan for any batch: planning each time would examine every array first. Compiling plans never pays.
    ...(isForQueries
      ? { client_connection_check_interval: CONNECTION_CHECK_MS }
      : { plan_cache_mode: 'force_generic_plan' }),
    jit: 'off',
    // Hot pages are cached, so random reads are cheap. Queries take milliseconds; parallel workers would only take CPU
    // from the writers.
    random_page_cost: 1.1,
    max_parallel_workers_per_gather: 0,
    ...(schema !== undefined && { search_path: schema }),
  };
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + answerGraceMs,
    maxLifetimeSeconds: MAX_LIFETIME_S,
    keepAlive: true,
    application_name: 'thunderline',
    ...(measures && { Client: countedClient(countCalls(measures.metrics, 'postgres')) }),
    onConnect: (client) => applySettings(client, session),
  });
  // The pool stops listening to a client before the code that asked for it can listen itself, and the server may end the
  // connection in between. The next query on it reports that.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  // An idle connection that breaks is replaced by the pool. Without a listener the event would end the process.
  pool.on('error', (cause) => log.debug({ cause: cause.message }, 'an idle connection to Postgres broke'));
  if (measures !== undefined) measure(pool, poolSize, measures);
  return pool;
}

function measure(connections: pg.Pool, poolSize: number, { metrics, pool }: PoolMeasures): void {
  metrics.poolLimit.set({ pool }, poolSize);
  alsoWhenRead(metrics.poolWaiting, () => metrics.poolWaiting.set({ pool }, connections.waitingCount));
  alsoWhenRead(metrics.poolConnections, () => {
    metrics.poolConnections.set({ pool, state: 'idle' }, connections.idleCount);
    metrics.poolConnections.set({ pool, state: 'used' }, connections.totalCount - connections.idleCount);
  });
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
