import type { SqlMigration } from './sql-migration.ts';

/**
 * Metric points, by the billion. Each is one row of fixed width: columns from wide to narrow, so that none is padded, and
 * integers in place of ids and names, which are stored once in `metric_trials` and `metric_names`.
 *
 * Keys of trials rise with the time a trial is first seen. Partitions are ranges of them (src/store/tables/metric-partitions.ts),
 * so the points written now are in the last one or two, whose indexes stay in memory, while older ones no longer change: they
 * are vacuumed once and can be detached whole. Time could not be the partition key, because it is not part of the identity.
 *
 * There are no foreign keys: checking one costs about as much as writing the row, and the sink writes both sides.
 */
export const metricPoints: SqlMigration = {
  name: '0003-metric-points',
  up: `
    create table metric_names (
      name_key integer generated always as identity primary key,
      name text collate "C" not null unique check (length(name) between 1 and 255)
    );

    create table metric_trials (
      trial_key integer generated always as identity primary key,
      model_run_id text collate "C" not null check (length(model_run_id) between 1 and 255),
      trial_id text collate "C" check (length(trial_id) between 1 and 255),
      unique nulls not distinct (model_run_id, trial_id)
    );

    create table trial_metrics (
      step bigint not null,
      value double precision not null,
      recorded_at timestamptz not null,
      trial_key integer not null,
      name_key integer not null,
      event_id uuid not null,
      primary key (trial_key, name_key, step, event_id)
    ) partition by range (trial_key);

    create view trial_metric_points as
      select t.model_run_id, t.trial_id, n.name, m.step, m.value, m.recorded_at, m.event_id
      from trial_metrics m
      join metric_trials t using (trial_key)
      join metric_names n using (name_key);
  `,
  down: `
    drop view trial_metric_points;
    drop table trial_metrics;
    drop table metric_trials;
    drop table metric_names;
  `,
};
