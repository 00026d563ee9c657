import { hash } from 'node:crypto';
import pg from 'pg';
import { DatabaseUnavailable } from './database-error.ts';
import { applySettings } from './session-settings.ts';

/** A lock that this process holds. */
export interface AdvisoryLock {
  /** Aborted when the connection is lost: another process may hold the lock from then on. */
  readonly lost: AbortSignal;
  /** Releases the lock; safe to repeat, and after the lock was lost. */
  release(): Promise<void>;
}

/**
 * Locks between all processes that use one database. They belong to a connection that is kept: when the process or its
 * connection ends, Postgres releases them. A pooler in transaction mode in front of Postgres defeats them.
 */
export interface AdvisoryLocks {
  /** Takes the lock of `name` if neither another process nor this one holds it. Throws {@link DatabaseUnavailable}. */
  tryLock(name: string): Promise<AdvisoryLock | undefined>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 5_000;
/** Settings by which Postgres notices a peer that vanished after 25 s instead of two hours, and releases its locks. */
const KEEPALIVE = { tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 } as const;

interface Session {
  readonly client: pg.Client;
  readonly lost: AbortController;
}

/** Returns locks in this database. It is connected at the first use, and again after a connection was lost. */
export function createAdvisoryLocks(databaseUrl: string, purpose: string): AdvisoryLocks {
  const held = new Set<string>();
  let session: Session | undefined;
  /** One statement at a time, in order. */
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  function drop(dropped: Session): void {
    if (session !== dropped) return;
    session = undefined;
    held.clear();
    dropped.lost.abort();
    // It fails on a connection that is gone, and must not hold up the next one.
    void dropped.client.end().catch(() => undefined);
  }

  async function connect(): Promise<Session> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: `thunderline ${purpose}`,
    });
    const opened = { client, lost: new AbortController() };
    client.on('error', () => drop(opened));
    client.on('end', () => drop(opened));
    try {
      await client.connect();
      await applySettings(client, KEEPALIVE);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    session = opened;
    return opened;
  }

  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };

  /** Runs a statement about one lock. A connection on which it failed is dropped, because the lock's state is unknown. */
  async function ask({ client }: Session, statement: string, key: bigint): Promise<boolean> {
    const { rows } = await client.query({ text: statement, values: [key], rowMode: 'array' });
    return rows[0]?.[0] === true;
  }

  async function release(name: string, from: Session): Promise<void> {
    if (session !== from || !held.has(name)) return;
    try {
      await ask(from, 'select pg_advisory_unlock($1)', keyOf(name));
      held.delete(name);
    } catch {
      drop(from);
    }
  }

  return {
    tryLock: (name) =>
      inOrder(async () => {
        if (isClosed) throw new DatabaseUnavailable(new Error('the locks are closed'));
        if (held.has(name)) return undefined;
        try {
          const from = session ?? (await connect());
          if (!(await ask(from, 'select pg_try_advisory_lock($1)', keyOf(name)))) return undefined;
          held.add(name);
          return { lost: from.lost.signal, release: () => inOrder(() => release(name, from)) };
        } catch (error) {
          if (session !== undefined) drop(session);
          throw new DatabaseUnavailable(error, 'cannot lock in Postgres');
        }
      }),

    async close() {
      isClosed = true;
      await last;
      const closed = session;
      session = undefined;
      closed?.lost.abort();
      await closed?.client.end();
    },
  };
}

/** Names of locks share the 64-bit space of the database; a hash keeps them apart. */
const keyOf = (name: string): bigint =>
  BigInt.asIntN(64, BigInt(`0x${hash('sha256', `thunderline ${name}`, 'hex').slice(0, 16)}`));
