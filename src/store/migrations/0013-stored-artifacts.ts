import type { SqlMigration } from './sql-migration.ts';

/**
 * The object of an artifact, as a record of the type ArtifactStored reports it. An event that names the address alone leaves
 * these columns null. `version` is that of the event's part, and empty where no event has named the address.
 *
 * `remove_at` and `removed_at` are bookkeeping about the object of an upload that was replaced, and `pending_uploads` has
 * the uploads whose record may not be in the log yet.
 */
export const storedArtifacts: SqlMigration = {
  name: '0013-stored-artifacts',
  up: `
    alter table model_artifacts
      add column name text collate "C",
      add column size_bytes bigint,
      add column sha256 text collate "C",
      add column content_type text collate "C",
      add column stored_at timestamptz(3),
      add column stored_version text collate "C",
      add column remove_at timestamptz(3),
      add column removed_at timestamptz(3);
    create index model_artifacts_due on model_artifacts (remove_at) where remove_at is not null and removed_at is null;

    create table pending_uploads (
      event_id uuid not null primary key,
      record jsonb not null,
      noted_at timestamptz(3) not null default now()
    );
    create index pending_uploads_noted on pending_uploads (noted_at);

    comment on table pending_uploads is 'Uploads whose record may not be in the log yet; normally empty.';
  `,
  down: `
    drop table pending_uploads;
    drop index model_artifacts_due;
    alter table model_artifacts
      drop column name,
      drop column size_bytes,
      drop column sha256,
      drop column content_type,
      drop column stored_at,
      drop column stored_version,
      drop column remove_at,
      drop column removed_at;
  `,
};
