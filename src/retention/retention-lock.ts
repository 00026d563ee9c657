import type pg from 'pg';
import { LOCK_NUMBERS } from '../store/lock-numbers.ts';

/** Another process is running the retention of this database. */
export class RetentionRuns extends Error {
  override readonly name = 'RetentionRuns';
}

/** Runs `work` while no other process moves or restores points of the same database. Throws {@link RetentionRuns} if one does. */
export async function* underRetentionLock<T>(pool: pg.Pool, work: () => AsyncGenerator<T>): AsyncGenerator<T> {
  const lock = await pool.connect();
  try {
    const { rows } = await lock.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
      LOCK_NUMBERS.retention,
    ]);
    if (rows[0]?.got !== true) throw new RetentionRuns('another process runs the retention of this database');
    yield* work();
  } finally {
    // Ends the session, and with it the lock.
    lock.release(true);
  }
}
