import type { SqlMigration } from './sql-migration.ts';

/**
 * Tables can be emptied in any way: by `truncate` or `delete`, all in one statement or one after another, in any order.
 *
 * The index `trial_final_metrics` follows `cerebros_model_trials`. Truncating both at once failed, because a statement cannot
 * truncate a table that it is truncating already. Rows that are removed from the index alone come back: no later record
 * would bring them back, as a record that changes nothing is not written.
 *
 * Writers keep the keys of `metric_trials` and `metric_names` in memory. The table `metric_keys_epoch` holds the id of the
 * transaction that removed keys last, and a writer that finds another one there reads the keys again; otherwise its points would have keys of no trial, or
 * of another one after `restart identity`. The trigger has the rights of its owner: a role that may remove keys need not be
 * allowed to write the number.
 */
export const emptiedTables: SqlMigration = {
  name: '0008-emptied-tables',
  up: `
    create or replace function empty_final_metrics() returns trigger language plpgsql as $$
    begin
      if exists (select from trial_final_metrics) then
        truncate trial_final_metrics;
      end if;
      return null;
    end $$;

    create function restore_final_metrics() returns trigger language plpgsql as $$
    begin
      insert into trial_final_metrics (name, model_run_id, trial_id, spectral_norm, value)
      select m.key, t.model_run_id, t.trial_id, t.spectral_norm, m.value::float8
      from cerebros_model_trials t cross join lateral jsonb_each_text(t.metrics) m;
      return null;
    end $$;

    create function restore_removed_final_metrics() returns trigger language plpgsql as $$
    begin
      insert into trial_final_metrics (name, model_run_id, trial_id, spectral_norm, value)
      select m.key, t.model_run_id, t.trial_id, t.spectral_norm, m.value::float8
      from removed r
      join cerebros_model_trials t using (model_run_id, trial_id)
      cross join lateral jsonb_each_text(t.metrics) m
      where m.key = r.name
      on conflict do nothing;
      return null;
    end $$;

    create trigger final_metrics_truncated after truncate on trial_final_metrics
      for each statement execute function restore_final_metrics();
    create trigger final_metrics_removed after delete on trial_final_metrics
      referencing old table as removed
      for each statement when (pg_trigger_depth() = 0) execute function restore_removed_final_metrics();

    create table metric_keys_epoch (epoch bigint not null);

    create function renew_metric_keys_epoch() returns trigger language plpgsql security definer as $$
    begin
      execute format('delete from %I.metric_keys_epoch', tg_table_schema);
      execute format('insert into %I.metric_keys_epoch values (pg_current_xact_id()::text::bigint)', tg_table_schema);
      return null;
    end $$;

    create trigger metric_trials_removed after delete or truncate on metric_trials
      for each statement execute function renew_metric_keys_epoch();
    create trigger metric_names_removed after delete or truncate on metric_names
      for each statement execute function renew_metric_keys_epoch();
  `,
  down: `
    drop trigger metric_names_removed on metric_names;
    drop trigger metric_trials_removed on metric_trials;
    drop function renew_metric_keys_epoch;
    drop table metric_keys_epoch;
    drop trigger final_metrics_removed on trial_final_metrics;
    drop trigger final_metrics_truncated on trial_final_metrics;
    drop function restore_removed_final_metrics, restore_final_metrics;
    create or replace function empty_final_metrics() returns trigger language plpgsql as $$
    begin
      truncate trial_final_metrics;
      return null;
    end $$;
  `,
};
