import pg from 'pg';

const CONNECT_TIMEOUT_MS = 5_000;

/** One connection for work that takes as long as it needs; see `createPool` for work that must never hang. */
export async function connectClient(databaseUrl: string, purpose: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: `thunderline ${purpose}`,
  });
  // The query in progress reports a lost connection; without a listener the event itself would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end();
    throw error;
  }
  return client;
}
