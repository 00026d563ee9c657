import pg from 'pg';

const CONNECT_TIMEOUT_MS = 20_000;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A server that ends between two queries causes an event, not a rejection; the next query fails.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Resolves when the database answers a query. */
export function pingDatabase(url: string): Promise<void> {
  return withClient(url, async (client) => void (await client.query('select 1')));
}

/** The address of another database on the same server. */
export function databaseUrl(url: string, database: string): URL {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other;
}

/** Creates a database on the server of `url` unless it exists. */
export async function ensureDatabase(url: string, database: string): Promise<void> {
  try {
    await withClient(url, async (client) => {
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
      if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
    });
  } catch (error) {
    // Another start against the same server has created it at the same moment.
    if ((error as { code?: string }).code === '42P04' || (error as { code?: string }).code === '23505') return;
    const reason = (error as Error).message;
    throw new Error(`The database \`${database}\` cannot be created on the server of DATABASE_URL: ${reason}`, {
      cause: error,
    });
  }
}
