import type { SqlMigration } from './sql-migration.ts';

/**
 * The MLflow experiment of each run and the MLflow run of each trial. The role `mlflow` writes a link before it creates the
 * run, so that no run is ever created twice; see docs/mlflow.md.
 *
 * Without its links the mirror would create the runs of an experiment again. Therefore an experiment that loses links is no
 * longer `listed`: its runs are read from MLflow before the next one is created.
 */
export const mlflowTables: SqlMigration = {
  name: '0011-mlflow',
  up: `
    create table mlflow_experiments (
      model_run_id text collate "C" not null primary key check (length(model_run_id) between 1 and 255),
      experiment_id text not null,
      listed boolean not null,
      created_at timestamptz(3) not null default now()
    );

    create table mlflow_links (
      key uuid not null primary key,
      model_run_id text collate "C" not null check (length(model_run_id) between 1 and 255),
      trial_id text collate "C" check (length(trial_id) between 1 and 255),
      state text not null check (state in ('creating', 'linked', 'deleted')),
      origin text not null check (origin in ('mirror', 'client')),
      experiment_id text,
      run_id text collate "C" unique,
      run_started_at timestamptz(3),
      create_sent_at timestamptz(3),
      superseded text[] not null default '{}',
      unfinished text[] not null default '{}',
      backfill boolean not null default false,
      written jsonb not null default '{}',
      versions jsonb not null default '{}',
      deferred jsonb not null default '{}',
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      unique nulls not distinct (model_run_id, trial_id),
      check ((state = 'creating') = (run_id is null))
    ) with (fillfactor = 75);

    create function unlist_mlflow_experiments() returns trigger language plpgsql as $$
    begin
      update mlflow_experiments set listed = false
      where listed and model_run_id in (select model_run_id from removed);
      return null;
    end $$;

    create function unlist_all_mlflow_experiments() returns trigger language plpgsql as $$
    begin
      update mlflow_experiments set listed = false where listed;
      return null;
    end $$;

    create trigger mlflow_links_deleted after delete on mlflow_links
      referencing old table as removed for each statement execute function unlist_mlflow_experiments();
    create trigger mlflow_links_truncated after truncate on mlflow_links
      for each statement execute function unlist_all_mlflow_experiments();

    comment on table mlflow_experiments is 'The MLflow experiment of each run: (model_run_id).';
    comment on table mlflow_links is 'The MLflow run of each trial, or of a run with metrics of its own (trial_id null).';
    comment on column mlflow_links.key is 'UUIDv5 of run and trial; the tag thunderline.key of the MLflow run.';
    comment on column mlflow_links.origin is 'client: the training code logs to the MLflow run itself.';
    comment on column mlflow_links.create_sent_at is 'Time of the last call to create the MLflow run; null if none was sent.';
    comment on column mlflow_links.superseded is 'MLflow runs of the mirror that this link replaced and deleted.';
    comment on column mlflow_links.unfinished is 'Those of them whose deletion is not acknowledged yet.';
    comment on column mlflow_links.backfill is 'The MLflow run was created again and lacks points that Postgres has.';
    comment on column mlflow_links.written is 'Ranges of offsets whose points MLflow has acknowledged, by topic id and partition.';
    comment on column mlflow_links.deferred is 'Groups of columns that MLflow gets when the trial ends, with their versions.';
    comment on column mlflow_links.versions is 'The version of each group of columns that MLflow has acknowledged.';
  `,
  down: `
    drop table mlflow_links;
    drop table mlflow_experiments;
    drop function unlist_mlflow_experiments, unlist_all_mlflow_experiments;
  `,
};
