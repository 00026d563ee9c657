import type { SqlMigration } from './sql-migration.ts';

/**
 * The final metrics of trials, one row each: an index of a kind that Postgres does not have. Comparing a metric between groups
 * reads the entries of that metric alone; in `metrics` it would read every trial, about a kilobyte each.
 *
 * Triggers maintain it, so it cannot differ from the trials, independent of the writer. They run once for each statement and
 * change nothing where neither metrics nor spectral_norm changed.
 */
export const finalMetrics: SqlMigration = {
  name: '0005-final-metrics',
  up: `
    create table trial_final_metrics (
      name text collate "C" not null,
      model_run_id text collate "C" not null,
      trial_id text collate "C" not null,
      spectral_norm boolean not null,
      value double precision not null,
      primary key (name, model_run_id, trial_id) include (spectral_norm, value)
    ) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.05);

    create function add_final_metrics() returns trigger language plpgsql as $$
    begin
      insert into trial_final_metrics (name, model_run_id, trial_id, spectral_norm, value)
      select m.key, n.model_run_id, n.trial_id, n.spectral_norm, m.value::float8
      from new_trials n cross join lateral jsonb_each_text(n.metrics) m;
      return null;
    end $$;

    create function replace_final_metrics() returns trigger language plpgsql as $$
    begin
      delete from trial_final_metrics f
      using old_trials o join new_trials n using (model_run_id, trial_id) cross join lateral jsonb_object_keys(o.metrics) k
      where (n.metrics, n.spectral_norm) is distinct from (o.metrics, o.spectral_norm)
        and f.name = k and f.model_run_id = o.model_run_id and f.trial_id = o.trial_id;

      insert into trial_final_metrics (name, model_run_id, trial_id, spectral_norm, value)
      select m.key, n.model_run_id, n.trial_id, n.spectral_norm, m.value::float8
      from old_trials o join new_trials n using (model_run_id, trial_id) cross join lateral jsonb_each_text(n.metrics) m
      where (n.metrics, n.spectral_norm) is distinct from (o.metrics, o.spectral_norm);
      return null;
    end $$;

    create function remove_final_metrics() returns trigger language plpgsql as $$
    begin
      delete from trial_final_metrics f
      using old_trials o cross join lateral jsonb_object_keys(o.metrics) k
      where f.name = k and f.model_run_id = o.model_run_id and f.trial_id = o.trial_id;
      return null;
    end $$;

    create function empty_final_metrics() returns trigger language plpgsql as $$
    begin
      truncate trial_final_metrics;
      return null;
    end $$;

    create trigger final_metrics_insert after insert on cerebros_model_trials
      referencing new table as new_trials for each statement execute function add_final_metrics();
    create trigger final_metrics_update after update on cerebros_model_trials
      referencing old table as old_trials new table as new_trials
      for each statement execute function replace_final_metrics();
    create trigger final_metrics_delete after delete on cerebros_model_trials
      referencing old table as old_trials for each statement execute function remove_final_metrics();
    create trigger final_metrics_truncate after truncate on cerebros_model_trials
      for each statement execute function empty_final_metrics();

    insert into trial_final_metrics (name, model_run_id, trial_id, spectral_norm, value)
    select m.key, t.model_run_id, t.trial_id, t.spectral_norm, m.value::float8
    from cerebros_model_trials t cross join lateral jsonb_each_text(t.metrics) m;
  `,
  down: `
    drop trigger final_metrics_insert on cerebros_model_trials;
    drop trigger final_metrics_update on cerebros_model_trials;
    drop trigger final_metrics_delete on cerebros_model_trials;
    drop trigger final_metrics_truncate on cerebros_model_trials;
    drop function add_final_metrics, replace_final_metrics, remove_final_metrics, empty_final_metrics;
    drop table trial_final_metrics;
  `,
};
