import type { SqlMigration } from './sql-migration.ts';

/** The sessions of browsers. A row names its cookie by a hash, so nothing in the table admits anyone. */
export const browserSessions: SqlMigration = {
  name: '0019-browser-sessions',
  up: `
    create table browser_sessions (
      hash bytea not null primary key check (octet_length(hash) = 32),
      key_id text collate "C" not null references api_keys (id),
      scopes text[] not null check (scopes <@ array['read', 'command'] and cardinality(scopes) > 0),
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3) not null,
      -- The scope command ends before the session does.
      command_until timestamptz(3),
      address text not null
    );
    create index browser_sessions_key on browser_sessions (key_id, created_at);
    create index browser_sessions_end on browser_sessions (expires_at);
  `,
  down: 'drop table browser_sessions;',
};
