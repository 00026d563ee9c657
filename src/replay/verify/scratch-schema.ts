import { randomUUID } from 'node:crypto';
import { connectClient } from '../../store/connect-client.ts';
import { DatabaseUnavailable } from '../../store/database-error.ts';
import { COMPARED_TABLES, compareTable, type TableDifferences } from './compare-table.ts';

/** Differing rows of a table that are shown in full. */
const SHOWN = 20;

/** An empty schema beside the tables, in which a replay builds them a second time so that the two can be compared. */
export interface ScratchSchema {
  /** Name of the schema. */
  readonly schema: string;
  /** The differences between the tables and those in the schema, of one run or of all. */
  compare(run: string | undefined): Promise<readonly TableDifferences[]>;
  /** Drops the schema and closes the connection. */
  drop(): Promise<void>;
}

/**
 * Creates an empty schema in the database of the tables, named `thunderline_verify_` and 12 random digits. A verification
 * that is killed leaves it behind.
 */
export async function createScratchSchema(databaseUrl: string): Promise<ScratchSchema> {
  const client = await connectClient(databaseUrl, 'verify').catch((error: unknown) => {
    throw new DatabaseUnavailable(error, 'cannot connect for the verification');
  });
  const schema = `thunderline_verify_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  try {
    const { rows } = await client.query<{ home: string }>('select current_schema() as home');
    const home = rows[0]?.home ?? 'public';
    await client.query(`create schema ${schema}`);
    return {
      schema,
      async compare(run) {
        const found: TableDifferences[] = [];
        for (const table of COMPARED_TABLES) {
          found.push(await compareTable(client, table, [home, schema], { run, limit: SHOWN }));
        }
        return found;
      },
      async drop() {
        await client.query(`drop schema ${schema} cascade`);
        await client.end();
      },
    };
  } catch (error) {
    await client.end();
    throw new DatabaseUnavailable(error, 'cannot create a schema for the verification');
  }
}
