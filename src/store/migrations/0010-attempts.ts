import type { SqlMigration } from './sql-migration.ts';

const POINTS = `
  from trial_metrics m
  join metric_trials t using (trial_key)
  join metric_names n using (name_key)`;
const COLUMNS = 't.model_run_id, t.trial_id, n.name, m.step, m.value, m.recorded_at, m.event_id';

const TRIAL_COLUMNS = `model_run_id, trial_id, status, spectral_norm, mlflow_run_id, hyperparams, parameters, metrics, metadata,
  artifact_uri, duration_ms, rank, error_type, error_message, started_at, completed_at, created_at, updated_at`;

/**
 * The attempt that a trial is at, and the attempt of each of its points; 0 if the records have no number.
 *
 * No table is rewritten: the columns have constant defaults. The column of `trial_metrics`, which has billions of rows, has
 * none at all, because a null takes no room: the bitmap of nulls fits into bytes that the header of a row has anyway, while
 * any other value adds 8 bytes. A smallint would add as many, and cannot hold an attempt of five digits.
 *
 * `trial_metric_points` shows the points of the latest attempt. Programs that know no attempts send points without a number
 * also while something else numbers the lifecycle of the trial; `points_attempt` is 0 as long as no point has a number, and
 * then all are shown.
 */
export const attempts: SqlMigration = {
  name: '0010-attempts',
  up: `
    alter table cerebros_model_trials
      add column attempt integer not null default 0,
      add column points_attempt integer not null default 0;
    alter table trial_metrics add column attempt integer;

    create or replace view trials as
      select ${TRIAL_COLUMNS}, attempt
      from cerebros_model_trials;

    create or replace view trial_metric_points as
      select ${COLUMNS}, coalesce(m.attempt, 0) as attempt
      ${POINTS}
      left join cerebros_model_trials r on r.model_run_id = t.model_run_id and r.trial_id = t.trial_id
      where r.points_attempt is null or r.points_attempt = 0 or m.attempt = r.attempt;

    create view trial_attempt_points as
      select ${COLUMNS}, coalesce(m.attempt, 0) as attempt
      ${POINTS};

    comment on view trial_metric_points is
      'trial_metrics with names and ids instead of integers: the points of the latest attempt at each trial.';
    comment on view trial_attempt_points is
      'trial_metrics with names and ids instead of integers: the points of all attempts.';

    analyze cerebros_model_trials (attempt, points_attempt);
  `,
  down: `
    drop view trial_attempt_points;
    drop view trial_metric_points;
    drop view trials;
    alter table trial_metrics drop column attempt;
    alter table cerebros_model_trials drop column attempt, drop column points_attempt;
    create view trials as select ${TRIAL_COLUMNS} from cerebros_model_trials;
    create view trial_metric_points as select ${COLUMNS} ${POINTS};
    comment on view trials is 'cerebros_model_trials without the columns of the merge law.';
    comment on view trial_metric_points is 'trial_metrics with names and ids instead of integers.';
  `,
};
