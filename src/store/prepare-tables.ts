import type { Log } from '../log.ts';
import { connectClient } from './connect-client.ts';
import { DatabaseUnavailable } from './database-error.ts';
import { migrate } from './migrate.ts';
import { pendingMigrations, type TableReader } from './pending-migrations.ts';

export interface TablesToPrepare {
  readonly databaseUrl: string;
  /** `never` leaves the schema to `thunderline migrate`, as an orchestrator runs it before it replaces processes. */
  readonly migrate: 'start' | 'never';
  readonly log: Log;
  /** The schema of the tables; the search path of the server decides where it is absent. */
  readonly schema?: string | undefined;
}

/** Resolves once the tables are as this version needs them: runs the missing steps, or rejects while steps are missing. */
export async function prepareTables({ databaseUrl, migrate: when, log, schema }: TablesToPrepare): Promise<void> {
  // A schema of its own belongs to the caller alone: no other process migrates it.
  if (when === 'start' || schema !== undefined) return void (await migrate(databaseUrl, log, schema));
  const client = await connectClient(databaseUrl, 'table check').catch((error: unknown) => {
    throw new DatabaseUnavailable(error, 'cannot read the version of the tables');
  });
  try {
    await requireTables(client);
  } finally {
    await client.end();
  }
}

/** Rejects while the database lacks a step of the schema. Tables of a newer version are accepted. */
export async function requireTables(reader: TableReader): Promise<void> {
  const pending = await pendingMigrations(reader);
  if (pending.length === 0) return;
  throw new Error(
    `the tables lack ${pending.join(', ')}: run "npx thunderline migrate", or the role postgres without --no-migrate`,
  );
}
