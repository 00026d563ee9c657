import { STATUSES } from '../../events/merge.ts';
import type { SqlMigration } from './sql-migration.ts';

const statuses = STATUSES.map((status) => `'${status}'`).join(', ');

/** The columns that runs and trials have in common: see GROUPS in src/events/merge.ts. */
const COLUMNS = `
  status text not null check (status in (${statuses})),
  spectral_norm boolean not null default false,
  mlflow_run_id varchar(255),
  hyperparams jsonb,
  parameters jsonb,
  metrics jsonb,
  metadata jsonb,
  artifact_uri text,
  duration_ms double precision,
  error_type text,
  error_message text,
  started_at timestamptz(3),
  completed_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  outcome_version text collate "C" not null,
  duration_version text collate "C",
  metrics_version text collate "C",
  hyperparams_version text collate "C",
  parameters_version text collate "C",
  artifact_version text collate "C",
  spectral_norm_version text collate "C",
  mlflow_version text collate "C",
  metadata_version text collate "C"`;

/**
 * Ids are compared byte by byte. Their length is bounded so that a key of two always fits an index page.
 *
 * A row changes a few times, so pages reserve room for its next version (fillfactor): an update that changes no indexed
 * column then writes to no index.
 */
const ID = (name: string): string => `${name} text collate "C" not null check (length(${name}) between 1 and 255)`;
const STORAGE = 'with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)';

export const runsAndTrials: SqlMigration = {
  name: '0001-runs-and-trials',
  up: `
    create table model_runs (
      ${ID('model_run_id')},
      ${COLUMNS},
      primary key (model_run_id)
    ) ${STORAGE};
    create index model_runs_mlflow_run_id on model_runs (mlflow_run_id) where mlflow_run_id is not null;

    create table cerebros_model_trials (
      ${ID('model_run_id')},
      ${ID('trial_id')},
      ${COLUMNS},
      rank integer,
      rank_version text collate "C",
      primary key (model_run_id, trial_id)
    ) ${STORAGE};
    create index cerebros_model_trials_spectral_norm
      on cerebros_model_trials (spectral_norm, status, model_run_id, trial_id);
    create index cerebros_model_trials_mlflow_run_id
      on cerebros_model_trials (mlflow_run_id) where mlflow_run_id is not null;

    create view trials as
      select model_run_id, trial_id, status, spectral_norm, mlflow_run_id, hyperparams, parameters, metrics, metadata,
        artifact_uri, duration_ms, rank, error_type, error_message, started_at, completed_at, created_at, updated_at
      from cerebros_model_trials;
  `,
  down: `
    drop view trials;
    drop table cerebros_model_trials;
    drop table model_runs;
  `,
};
