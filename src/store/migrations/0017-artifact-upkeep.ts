import type { SqlMigration } from './sql-migration.ts';

/**
 * The failures of a copy, by which it comes after copies without any, so that no artifact holds up others; and the uploads in
 * parts that a process started and has not ended, so that no parts stay in the object store.
 */
export const artifactUpkeep: SqlMigration = {
  name: '0017-artifact-upkeep',
  up: `
    alter table artifact_copies add column failures int not null default 0;
    drop index artifact_copies_due;
    create index artifact_copies_due on artifact_copies ((failures > 0), due_at) where state = 'waiting';
    comment on column artifact_copies.failures is 'Attempts that failed at this artifact. It comes after those without any.';

    create table multipart_uploads (
      upload_id text collate "C" not null primary key,
      bucket text collate "C" not null,
      key text collate "C" not null,
      abort_at timestamptz(3) not null
    );
    create index multipart_uploads_due on multipart_uploads (abort_at);
    comment on table multipart_uploads is 'Uploads in parts that a process has started and not ended: (upload_id).';
    comment on column multipart_uploads.abort_at is 'Then its process must have ended, and its parts are removed.';
  `,
  down: `
    drop table multipart_uploads;
    drop index artifact_copies_due;
    alter table artifact_copies drop column failures;
    create index artifact_copies_due on artifact_copies (due_at) where state = 'waiting';
  `,
};
