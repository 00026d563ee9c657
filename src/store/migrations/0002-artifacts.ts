import type { SqlMigration } from './sql-migration.ts';

/**
 * One row for each (model_run_id, trial_id, uri). Its key is the UUIDv5 of the three: a uri may be longer than an index
 * entry can be, and `trial_id` is null for an artifact of a run.
 */
export const artifactsTable: SqlMigration = {
  name: '0002-artifacts',
  up: `
    create table model_artifacts (
      artifact_id uuid not null primary key,
      model_run_id text collate "C" not null,
      trial_id text collate "C",
      type text not null default 'model_checkpoint',
      uri text not null,
      metadata jsonb not null,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      version text collate "C" not null
    );
    create index model_artifacts_trial on model_artifacts (model_run_id, trial_id);
  `,
  down: 'drop table model_artifacts;',
};
