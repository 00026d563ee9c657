import type { ClientBase } from 'pg';

/** Settings of one session of Postgres, by name. */
export type SessionSettings = Readonly<Record<string, string | number>>;

/**
 * Applies settings to a new connection. As options of the connection itself they would need no statement, but a pooler refuses
 * such options, or accepts and drops them.
 */
export async function applySettings(client: Pick<ClientBase, 'query'>, settings: SessionSettings): Promise<void> {
  const entries = Object.entries(settings);
  await client.query('select set_config(name, value, false) from unnest($1::text[], $2::text[]) as s (name, value)', [
    entries.map(([name]) => name),
    entries.map(([, value]) => String(value)),
  ]);
}
