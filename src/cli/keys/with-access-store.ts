import { hostname, userInfo } from 'node:os';
import { isUnmigrated } from '../../access/tables/access-pool.ts';
import { type AccessStore, connectAccessStore } from '../../access/tables/access-store.ts';
import { loadConfig } from '../../config.ts';
import { UsageError } from '../../errors.ts';
import { DatabaseUnavailable } from '../../store/database-error.ts';
import { commandLog } from '../command-log.ts';

/** Runs `work` on the tables of keys in `DATABASE_URL`. A database that does not answer becomes a {@link UsageError}. */
export async function withAccessStore(work: (store: AccessStore) => Promise<void>): Promise<void> {
  const { postgres, process } = loadConfig();
  const store = connectAccessStore(postgres.url.reveal(), commandLog(process.logLevel));
  try {
    await work(store);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    throw new UsageError(
      isUnmigrated(error)
        ? 'the tables of keys are missing or out of date: run "npx thunderline migrate" first'
        : `cannot read the keys in DATABASE_URL: ${error.message}`,
      { cause: error },
    );
  } finally {
    await store.close();
  }
}

/** The person at this command line, for the audit log: `account@host`. */
export function actorOfCommand(): string {
  return `${accountName()}@${hostname()}`;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // The account has no name, as in a container that runs under an arbitrary user id.
    return `uid-${process.getuid?.()}`;
  }
}
