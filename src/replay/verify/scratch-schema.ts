import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describeTrouble } from '../../store/database-error.ts';
import { COMPARED_TABLES, compareTable, type TableDifferences } from './compare-table.ts';

/** How many differing rows of a table are shown in full. */
const SHOWN = 20;

/** A place beside the tables where a replay makes them anew, to be compared and thrown away. */
export interface Scratch {
  /** The schema to write to. */
  readonly schema: string;
  /** Where the tables differ from what was written to it. */
  compare(run: string | undefined): Promise<readonly TableDifferences[]>;
  /** Removes it. */
  drop(): Promise<void>;
}

/**
 * Makes an empty schema in the database of the tables.
 *
 * A verification that is killed leaves it behind; its name, `thunderline_verify_...`, says what it was for.
 */
export async function openScratch(databaseUrl: string): Promise<Scratch> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'thunderline verify' });
  // The query in progress reports a lost connection; without a listener the event itself would end the process.
  client.on('error', () => undefined);
  await client.connect();
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
    throw new Error(`cannot make a schema to verify with: ${describeTrouble(error)}`, { cause: error });
  }
}
