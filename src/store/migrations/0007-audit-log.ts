import type { SqlMigration } from './sql-migration.ts';

/**
 * The audit log: who created, revoked and used which key, what was refused, and which commands were given. Rows name a key
 * by its id without a reference, so that they outlive it. Gateways delete rows older than `AUDIT_RETENTION_DAYS`.
 */
export const auditLog: SqlMigration = {
  name: '0007-audit-log',
  up: `
    create table audit_log (
      entry_id bigint generated always as identity primary key,
      at timestamptz(3) not null,
      action text not null,
      key_id text collate "C",
      key_name text,
      actor text,
      address text,
      details jsonb not null default '{}'
    );
    create index audit_log_at on audit_log (at);
    create index audit_log_key on audit_log (key_id, at) where key_id is not null;
  `,
  down: 'drop table audit_log;',
};
