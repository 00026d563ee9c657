import type pg from 'pg';
import { LOCK_NUMBERS } from '../store/lock-numbers.ts';

/** Another process is running the retention of this database. */
export class RetentionRuns extends Error {
  override readonly name = 'RetentionRuns';
}

/**
 * Keeps other processes from moving or restoring points of the same database until the returned function is called. Throws
 * {@link RetentionRuns} if one does.
 */
export async function lockRetention(pool: pg.Pool): Promise<() => void> {
  const client = await pool.connect();
  // Ends the session, and with it the lock.
  const unlock = (): void => client.release(true);
  try {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
      LOCK_NUMBERS.retention,
    ]);
    if (rows[0]?.got !== true) throw new RetentionRuns('another process runs the retention of this database');
  } catch (error) {
    unlock();
    throw error;
  }
  return unlock;
}
