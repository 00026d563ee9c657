import type { SqlMigration } from './sql-migration.ts';

/** The keys that clients authenticate with. A revoked key keeps its row, so that its id is never given again. */
export const apiKeys: SqlMigration = {
  name: '0004-api-keys',
  up: `
    create table api_keys (
      id text collate "C" not null primary key check (id ~ '^[a-z2-7]{16}$'),
      name text not null,
      hash bytea not null check (octet_length(hash) = 32),
      scopes text[] not null check (scopes <@ array['ingest', 'read', 'command', 'admin'] and cardinality(scopes) > 0),
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3),
      revoked_at timestamptz(3)
    );
  `,
  down: 'drop table api_keys;',
};
