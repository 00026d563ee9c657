import type { SqlMigration } from './sql-migration.ts';

/**
 * The artifacts that are to be in the MLflow runs of their trials. A row is made when the record of an artifact is read, waits
 * until the trial has an MLflow run, and keeps the run that has the copy.
 */
export const artifactCopiesTable: SqlMigration = {
  name: '0015-artifact-copies',
  up: `
    create table artifact_copies (
      artifact_id uuid not null primary key,
      model_run_id text collate "C" not null,
      trial_id text collate "C" not null,
      uri text not null,
      name text collate "C",
      state text not null default 'waiting' check (state in ('waiting', 'copied', 'left_out')),
      reason text,
      run_id text collate "C",
      attempts int not null default 0,
      due_at timestamptz(3) not null default now(),
      created_at timestamptz(3) not null default now()
    );
    create index artifact_copies_due on artifact_copies (due_at) where state = 'waiting';
    create index artifact_copies_trial on artifact_copies (model_run_id, trial_id);

    comment on table artifact_copies is 'The artifacts that are copied into the MLflow runs of their trials: (artifact_id).';
    comment on column artifact_copies.name is 'The name of an upload; null for an artifact that was not uploaded.';
    comment on column artifact_copies.run_id is 'The MLflow run that has the copy.';
    comment on column artifact_copies.reason is 'Why the artifact was left out, or the last error of one that waits.';
  `,
  down: 'drop table artifact_copies;',
};
