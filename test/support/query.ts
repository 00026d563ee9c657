import pg from 'pg';

/** Runs one statement on a new connection. */
export async function query(url: string, sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url, application_name: 'test/support/query.ts' });
  // A server that ends between two statements causes an event, not a rejection.
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query(sql, [...values]);
  } finally {
    await client.end();
  }
}
