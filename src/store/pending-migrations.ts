import type pg from 'pg';
import { MIGRATIONS } from './migrate.ts';
import { assertKnownSchema } from './schema-floor.ts';

/** A pool or a connection that runs queries. */
export type TableReader = Pick<pg.ClientBase, 'query'>;

/**
 * The steps of the schema that the database has not run, in order. Needs the right to read and no other. Throws `SchemaTooNew`
 * when this version is too old for the tables.
 */
export async function pendingMigrations(reader: TableReader): Promise<readonly string[]> {
  const names = MIGRATIONS.map(({ name }) => name);
  const { rows } = await reader.query<{ exists: boolean }>(
    "select to_regclass('knex_migrations') is not null as exists",
  );
  if (rows[0]?.exists !== true) return names;
  await assertKnownSchema(reader, names);
  const ran = await reader.query<{ name: string }>('select name from knex_migrations');
  return names.filter((name) => !ran.rows.some((row) => row.name === name));
}
