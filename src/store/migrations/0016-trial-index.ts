import { LOCK_NUMBERS } from '../lock-numbers.ts';
import { finalMetrics } from './0005-final-metrics.ts';
import { emptiedTables } from './0008-emptied-tables.ts';
import type { SqlMigration } from './sql-migration.ts';
import { TRIAL_INDEX_FUNCTIONS } from './trial-index-functions.ts';
import { TRIAL_INDEX_TRIGGERS } from './trial-index-triggers.ts';

const TABLES = 'trial_index, trial_index_names, trial_parameters, trial_final_metrics';
const FUNCTIONS = [
  'index_trials',
  'index_final_metrics',
  'index_parameters',
  'intern_index_names',
  'flat_parameters',
  'short_text',
  'add_to_trial_index',
  'update_trial_index',
  'remove_from_trial_index',
  'empty_trial_index',
  'restore_trial_index',
];

/** The part of an earlier step that keeps the final metrics as rows of texts. */
const [earlierTriggers = ''] = emptiedTables.up.split('create table metric_keys_epoch');

/**
 * The index of trials: what lists filter and sort by, in narrow rows, and the parameters and final metrics of each trial as one row
 * of integers each. It takes the place of the table `trial_final_metrics` of texts, which repeated the ids and the name in
 * every row (233 bytes instead of 93).
 *
 * The integers are those of tables of its own. Those of `metric_trials` come in ranges that become partitions of points, and
 * may be emptied apart from the trials.
 *
 * Triggers on `cerebros_model_trials` maintain it for every row that is written from now on. Rows of before are added in
 * batches by `src/store/fill-trial-index.ts`, whose progress is the row of `trial_index_filling`, so this step takes no time on any
 * table, and no writer waits for it.
 */
export const trialIndex: SqlMigration = {
  name: '0016-trial-index',
  up: `
    drop trigger final_metrics_insert on cerebros_model_trials;
    drop trigger final_metrics_update on cerebros_model_trials;
    drop trigger final_metrics_delete on cerebros_model_trials;
    drop trigger final_metrics_truncate on cerebros_model_trials;
    drop table trial_final_metrics;
    drop function add_final_metrics, replace_final_metrics, remove_final_metrics, empty_final_metrics,
      restore_final_metrics, restore_removed_final_metrics;

    create table trial_index_names (
      name_key integer generated always as identity primary key,
      name text collate "C" not null unique
    );

    create table trial_index (
      trial_key integer generated always as identity primary key,
      model_run_id text collate "C" not null,
      trial_id text collate "C" not null,
      status text not null,
      spectral_norm boolean not null,
      started_at timestamptz(3),
      completed_at timestamptz(3),
      duration_ms double precision,
      rank integer,
      parameters_left_out integer not null default 0,
      unique (model_run_id, trial_id)
    ) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);
    create index trial_index_started on trial_index (started_at desc nulls last, model_run_id, trial_id);

    create table trial_parameters (
      num double precision,
      name_key integer not null,
      trial_key integer not null,
      bool boolean,
      txt text collate "C",
      primary key (name_key, trial_key) include (num, bool, txt)
    ) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.05);

    create table trial_final_metrics (
      value double precision not null,
      name_key integer not null,
      trial_key integer not null,
      primary key (name_key, trial_key) include (value)
    ) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.05);

    create table run_metric_names (
      model_run_id text collate "C" not null,
      name text collate "C" not null,
      primary key (model_run_id, name)
    );
    create trigger run_metric_names_removed after delete or truncate on run_metric_names
      for each statement execute function renew_metric_keys_epoch();

    create table trial_index_filling (
      model_run_id text collate "C" not null,
      trial_id text collate "C" not null,
      trial_key integer not null,
      is_done boolean not null
    );
    insert into trial_index_filling
    select '', '', 0, not exists (select from cerebros_model_trials) and not exists (select from metric_trials);

    create view trial_final_metric_values as
      select n.name, k.model_run_id, k.trial_id, k.spectral_norm, f.value
      from trial_final_metrics f join trial_index_names n using (name_key) join trial_index k using (trial_key);

    create view trial_parameter_values as
      select n.name, k.model_run_id, k.trial_id, p.num, p.bool, p.txt
      from trial_parameters p join trial_index_names n using (name_key) join trial_index k using (trial_key);

    ${TRIAL_INDEX_FUNCTIONS(LOCK_NUMBERS.indexNames)}
    ${TRIAL_INDEX_TRIGGERS}

    comment on table trial_index is
      'The integer of each trial with the columns that lists filter and sort by; kept by triggers on cerebros_model_trials.';
    comment on table trial_index_names is 'The integer of each name of a parameter or final metric.';
    comment on table trial_parameters is
      'One row for each parameter of a trial: (name_key, trial_key). A number is in num, a boolean in bool, any other value in txt; txt also has the digits of an integer that a double cannot hold.';
    comment on table trial_final_metrics is 'One row for each final metric of a trial: (name_key, trial_key).';
    comment on table run_metric_names is 'The names of the metrics that have points in a run.';
    comment on table trial_index_filling is
      'One row: the last trial and the last metric_trials.trial_key that were added of rows older than the index.';
    comment on view trial_final_metric_values is 'trial_final_metrics with names and ids instead of integers.';
    comment on view trial_parameter_values is 'trial_parameters with names and ids instead of integers.';
  `,
  down: `
    drop trigger trial_index_insert on cerebros_model_trials;
    drop trigger trial_index_update on cerebros_model_trials;
    drop trigger trial_index_delete on cerebros_model_trials;
    drop trigger trial_index_truncate on cerebros_model_trials;
    drop view trial_final_metric_values, trial_parameter_values;
    drop table ${TABLES}, run_metric_names, trial_index_filling;
    drop function ${FUNCTIONS.join(', ')};
    ${finalMetrics.up}
    ${earlierTriggers}
  `,
};
