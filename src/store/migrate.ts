import knexFactory, { type Knex } from 'knex';
import type pg from 'pg';
import type { Log } from '../log.ts';
import { connectClient } from './connect-client.ts';
import { DatabaseUnavailable } from './database-error.ts';
import { LOCK_NUMBERS } from './lock-numbers.ts';
import { runsAndTrials } from './migrations/0001-runs-and-trials.ts';
import { artifactsTable } from './migrations/0002-artifacts.ts';
import { metricPoints } from './migrations/0003-metric-points.ts';
import { apiKeys } from './migrations/0004-api-keys.ts';
import { finalMetrics } from './migrations/0005-final-metrics.ts';
import { keyReach } from './migrations/0006-key-reach.ts';
import { auditLog } from './migrations/0007-audit-log.ts';
import { emptiedTables } from './migrations/0008-emptied-tables.ts';
import { comments } from './migrations/0009-comments.ts';
import { attempts } from './migrations/0010-attempts.ts';
import { mlflowTables } from './migrations/0011-mlflow.ts';
import { bridgeQueue } from './migrations/0012-bridge-queue.ts';
import { storedArtifacts } from './migrations/0013-stored-artifacts.ts';
import { artifactCopiesTable } from './migrations/0015-artifact-copies.ts';
import { trialIndex } from './migrations/0016-trial-index.ts';
import { artifactUpkeep } from './migrations/0017-artifact-upkeep.ts';
import { mlflowRecovery } from './migrations/0018-mlflow-recovery.ts';
import { browserSessions } from './migrations/0019-browser-sessions.ts';
import { bridgeCalls } from './migrations/0020-bridge-calls.ts';
import { metricTiers } from './migrations/0021-metric-tiers.ts';
import { schemaFloor } from './migrations/0022-schema-floor.ts';
import { leftOutParameters } from './migrations/0023-left-out-parameters.ts';
import type { SqlMigration } from './migrations/sql-migration.ts';
import { assertKnownSchema } from './schema-floor.ts';
import { applySettings } from './session-settings.ts';

/** Every step of the schema, in order. */
export const MIGRATIONS: readonly SqlMigration[] = [
  runsAndTrials,
  artifactsTable,
  metricPoints,
  apiKeys,
  finalMetrics,
  keyReach,
  auditLog,
  emptiedTables,
  comments,
  attempts,
  mlflowTables,
  bridgeQueue,
  storedArtifacts,
  artifactCopiesTable,
  trialIndex,
  artifactUpkeep,
  mlflowRecovery,
  browserSessions,
  bridgeCalls,
  metricTiers,
  schemaFloor,
  leftOutParameters,
];

/** How long this process waits for another one that migrates the same database. */
const LOCK_TIMEOUT_MS = 60_000;
/**
 * How long a step waits for the lock of a table. Meanwhile every later statement on that table queues up after it, so it gives
 * up soon; a caller that needs the step tries again.
 */
const TABLE_LOCK_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

const source: Knex.MigrationSource<SqlMigration> = {
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: ({ name }) => name,
  getMigration: async ({ up, down }) => ({
    up: async (knex) => void (await knex.raw(up)),
    down: async (knex) => void (await knex.raw(down)),
  }),
};

/** Runs `work` while no other process migrates the same database. */
async function underLock<T>(databaseUrl: string, work: () => Promise<T>, schema?: string): Promise<T> {
  const client = await connectClient(databaseUrl, 'migration lock');
  try {
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('select pg_advisory_lock($1)', [LOCK_NUMBERS.migration]);
    if (schema !== undefined) await client.query(`set search_path = ${client.escapeIdentifier(schema)}`);
    await assertKnownSchema(
      client,
      MIGRATIONS.map(({ name }) => name),
    );
    return await work();
  } finally {
    await client.end();
  }
}

async function withMigrator<T>(
  databaseUrl: string,
  work: (migrator: Knex.Migrator) => Promise<T>,
  schema?: string,
): Promise<T> {
  const knex = knexFactory({
    client: 'pg',
    ...(schema !== undefined && { searchPath: schema }),
    connection: {
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    },
    pool: {
      min: 0,
      max: 2,
      // Node.js warns of a callback function that also returns a promise.
      afterCreate: (client: pg.Client, done: (error: unknown, client: pg.Client) => void): void => {
        applySettings(client, { lock_timeout: TABLE_LOCK_TIMEOUT_MS }).then(
          () => done(null, client),
          (error: unknown) => done(error, client),
        );
      },
    },
    // knex prints a failed step to the console; the error that is thrown contains it.
    log: { warn: () => undefined, error: () => undefined },
    // A newer version may have run steps that this version does not have; older code works with their result.
    migrations: { migrationSource: source, disableMigrationsListValidation: true },
  });
  try {
    return await underLock(databaseUrl, () => work(knex.migrate), schema);
  } catch (error) {
    throw new DatabaseUnavailable(error, 'cannot migrate the database');
  } finally {
    await knex.destroy();
  }
}

/**
 * Runs the steps that the database lacks, in one transaction, and returns their names. Several processes may call it at once.
 *
 * @param schema the schema of the tables; the search path of the server decides where it is absent.
 */
export const migrate = (databaseUrl: string, log?: Log, schema?: string): Promise<readonly string[]> =>
  withMigrator(
    databaseUrl,
    async (migrator) => {
      const [, ran] = (await migrator.latest()) as [number, string[]];
      if (ran.length > 0) log?.info({ migrations: ran }, 'database migrated');
      return ran;
    },
    schema,
  );

/** Reverts every step, which deletes the content of the tables. Returns the names of the steps. */
export const unmigrate = (databaseUrl: string): Promise<readonly string[]> =>
  withMigrator(databaseUrl, async (migrator) => ((await migrator.rollback({}, true)) as [number, string[]])[1]);
