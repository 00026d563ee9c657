import type { ServerResponse } from 'node:http';
import pg from 'pg';
import { Problem } from '../http/problem.ts';
import { DatabaseUnavailable, isBadData } from '../store/database-error.ts';
import { watchClient } from './watch-client.ts';

/** Runs one statement, and resolves with its rows. */
export type AskDatabase = <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Runs queries for a request. */
export interface QueryDatabase {
  /**
   * Runs `work` on a connection of its own, in one read-only transaction. If the client disconnects, the connection is
   * closed and Postgres cancels the query within a second. Each statement has the time-out of the pool, and none starts
   * after it. Throws a `Problem` or {@link DatabaseUnavailable}.
   */
  serve<T>(response: ServerResponse, work: (ask: AskDatabase) => Promise<T>): Promise<T>;
  /** The same for work that needs the index of trials. Throws the `Problem` index_incomplete while it is being filled. */
  serveIndexed<T>(response: ServerResponse, work: (ask: AskDatabase) => Promise<T>): Promise<T>;
}

const CANCELLED = '57014';

class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/**
 * @param pool its connections have `client_connection_check_interval` set.
 * @param timeoutMs the time-out of a statement of the pool.
 */
export function createQueryDatabase(pool: pg.Pool, timeoutMs: number): QueryDatabase {
  let isIndexed = false;

  async function requireIndex(ask: AskDatabase): Promise<void> {
    if (isIndexed) return;
    const [filling] = await ask<{ is_done: boolean }>('select is_done from trial_index_filling');
    isIndexed = filling?.is_done === true;
    if (isIndexed) return;
    const message = 'the index of trials is being filled after an update; the role postgres does it while it runs';
    throw new Problem('index_incomplete', message, { retryAfterSeconds: 10 });
  }

  return {
    serveIndexed(response, work) {
      return this.serve(response, async (ask) => {
        await requireIndex(ask);
        return work(ask);
      });
    },

    async serve(response, work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw new DatabaseUnavailable(error);
      });
      let failed: Error | undefined;
      let isReleased = false;
      const release = (): void => {
        if (isReleased) return;
        isReleased = true;
        client.release(failed);
      };
      const onError = (error: Error): void => {
        failed = error;
      };
      const onLeft = (): void => {
        failed = new ClientLeft('the client closed the connection');
        release();
      };
      client.on('error', onError);
      const endWatch = watchClient(response, onLeft);
      const deadline = performance.now() + timeoutMs;
      const ask: AskDatabase = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
        if (performance.now() > deadline) throw tooHeavy();
        try {
          return (await client.query<Row>(sql, [...values])).rows;
        } catch (error) {
          failed ??= error as Error;
          throw problemOf(error);
        }
      };
      try {
        // All statements of an answer see the same rows, and no partition that one of them has read is dropped before the next.
        await ask('begin isolation level repeatable read, read only');
        return await work(ask);
      } finally {
        if (failed === undefined) await client.query('rollback').catch(onError);
        endWatch();
        client.off('error', onError);
        release();
      }
    },
  };
}

function tooHeavy(cause?: Error): Problem {
  const message = 'the query takes longer than QUERY_TIMEOUT_MS; ask for one run, fewer trials or a narrower filter';
  return new Problem('query_too_heavy', message, { retryAfterSeconds: 5, ...(cause !== undefined && { cause }) });
}

function problemOf(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError)) return new DatabaseUnavailable(error);
  if (error.code === CANCELLED) return tooHeavy(error);
  if (!isBadData(error)) return new DatabaseUnavailable(error);
  // It would be refused however often the request is repeated.
  return new Problem('malformed_request', `Postgres cannot compute with a value of the query: ${error.message}`, {
    cause: error,
  });
}
