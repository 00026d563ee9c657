import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { MetricPartition } from '../store/tables/metric-partitions.ts';

/** One attempt at a lock for which all other statements on `trial_metrics` wait, and the pause after it. */
export interface DropAttempt {
  readonly lockTimeoutMs: number;
  readonly pauseMs: number;
}

const FIRST_LOCK_TIMEOUT_MS = 50;
const LAST_LOCK_TIMEOUT_MS = 1_000;
/** The pause after an attempt, in durations of the attempt. */
const PAUSES = 9;
const GIVE_UP_MS = 90_000;

/**
 * The attempts at dropping a partition. Others wait for a tenth of the time at most, because a statement that waits for the lock
 * of the whole table holds up each statement after it: the first attempts are short, as writers need milliseconds. Later ones
 * are longer, for a machine on which everything takes longer.
 */
export function* dropAttempts(): Generator<DropAttempt> {
  let lockTimeoutMs = FIRST_LOCK_TIMEOUT_MS;
  for (let spentMs = 0; spentMs < GIVE_UP_MS; ) {
    const pauseMs = lockTimeoutMs * PAUSES;
    yield { lockTimeoutMs, pauseMs };
    spentMs += lockTimeoutMs + pauseMs;
    lockTimeoutMs = Math.min(LAST_LOCK_TIMEOUT_MS, lockTimeoutMs * 2);
  }
}

/** The lock was not free in time; the statement would have waited for one that waits for it. */
const LOCK_TROUBLES: ReadonlySet<string | undefined> = new Set(['55P03', '40P01']);

/** Drops a partition in a moment when no statement uses `trial_metrics`. Must be called in a transaction. */
export async function dropPartition(client: pg.ClientBase, { table }: MetricPartition): Promise<void> {
  let busy: unknown;
  for (const { lockTimeoutMs, pauseMs } of dropAttempts()) {
    await client.query(`set local lock_timeout = ${lockTimeoutMs}`);
    await client.query('savepoint dropping');
    try {
      await client.query(`drop table ${table}`);
      return;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && LOCK_TROUBLES.has(error.code))) throw error;
      busy = error;
      await client.query('rollback to savepoint dropping');
      await delay(pauseMs);
    }
  }
  throw busy;
}
