import type pg from 'pg';
import { loadConfig } from '../../config.ts';
import { UsageError } from '../../errors.ts';
import { describeDatabaseError } from '../../store/database-error.ts';
import { pendingMigrations } from '../../store/pending-migrations.ts';
import { createPool, POOL_TIMEOUTS } from '../../store/pool.ts';
import { commandLog } from '../command-log.ts';

/** Runs `work` on the queue in `DATABASE_URL`. A database that does not answer becomes a {@link UsageError}. */
export async function withQueue(work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  const { postgres, process } = loadConfig();
  const settings = { ...POOL_TIMEOUTS, databaseUrl: postgres.url.reveal(), poolSize: 1 };
  const pool = createPool(settings, commandLog(process.logLevel));
  try {
    const pending = await pendingMigrations(pool);
    if (pending.length > 0) throw new UsageError('the tables are out of date: run "npx thunderline migrate" first');
    await work(pool);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot use the queue in DATABASE_URL: ${describeDatabaseError(error)}`, { cause: error });
  } finally {
    await pool.end();
  }
}
