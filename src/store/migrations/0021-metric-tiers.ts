import type { SqlMigration } from './sql-migration.ts';

/**
 * The older tiers of metric points (src/retention/): roll-ups in `metric_rollups`, and every point in Parquet files, which
 * `metric_tier_files` lists.
 *
 * A row of `metric_tiers` states that the points of a range of trials are there; it is written in the transaction that drops
 * their partition. Until then roll-ups of the range may exist, and no query reads them. Points that arrive for such a range later wait
 * in a new partition, and queries over HTTP do not count them until the next run of `thunderline retention` adds them to the tier.
 *
 * A roll-up is one row for each series and attempt, with its buckets in arrays: a row for each bucket would spend more
 * on headers and index entries than on values.
 *
 * When rows of `metric_trials` are removed, their integers may be given to other trials. So their tiers go with them.
 */
export const metricTiers: SqlMigration = {
  name: '0021-metric-tiers',
  up: `
    create table metric_partitioning (
      is_only boolean primary key default true check (is_only),
      trials_per_partition integer not null check (trials_per_partition between 1 and 16777216)
    );
    insert into metric_partitioning (trials_per_partition) values (65536);
    comment on table metric_partitioning is 'One row: the number of trials in each new partition of trial_metrics.';

    create table metric_tiers (
      first_trial_key integer primary key,
      end_trial_key bigint not null check (end_trial_key > first_trial_key),
      points bigint not null,
      oldest_at timestamptz not null,
      newest_at timestamptz not null,
      rolled_up_at timestamptz not null default now()
    );
    comment on table metric_tiers is 'One row for each range of trials whose points are in metric_rollups and in Parquet files.';

    create table metric_tier_files (
      object_key text primary key,
      tier integer not null references metric_tiers on delete cascade,
      first_trial_key integer not null,
      last_trial_key integer not null,
      points bigint not null,
      bytes bigint not null
    );
    create index metric_tier_files_keys on metric_tier_files (first_trial_key, last_trial_key);
    comment on table metric_tier_files is 'One row for each Parquet file of a tier: its object in the bucket, and the trials in it.';

    create table metric_rollups (
      trial_key integer not null,
      name_key integer not null,
      attempt integer not null,
      bucket_steps bigint not null,
      points bigint not null,
      nonfinite bigint not null,
      first_step bigint not null,
      last_step bigint not null,
      counts bigint[] not null,
      nonfinites bigint[] not null,
      first_steps bigint[] not null,
      last_steps bigint[] not null,
      finite_steps bigint[] not null,
      times timestamptz[] not null,
      lasts double precision[] not null,
      mins double precision[] not null,
      maxes double precision[] not null,
      min_steps bigint[] not null,
      max_steps bigint[] not null,
      means double precision[] not null,
      primary key (trial_key, name_key, attempt)
    );
    comment on table metric_rollups is
      'One row for each series and attempt of a tier, with its buckets in arrays of equal length. bucket_steps is their width.';

    create view trial_metric_rollups as
      select k.model_run_id, k.trial_id, n.name, r.attempt, r.bucket_steps, b.points, b.nonfinite, b.first_step, b.last_step,
        b.finite_step, b.last_at, b.last, b.min, b.max, b.min_step, b.max_step, b.mean
      from metric_rollups r
      join metric_tiers t on r.trial_key >= t.first_trial_key and r.trial_key < t.end_trial_key
      join metric_trials k using (trial_key)
      join metric_names n using (name_key)
      cross join lateral unnest(r.counts, r.nonfinites, r.first_steps, r.last_steps, r.finite_steps, r.times, r.lasts, r.mins, r.maxes,
        r.min_steps, r.max_steps, r.means)
        as b (points, nonfinite, first_step, last_step, finite_step, last_at, last, min, max, min_step, max_step,
          mean);
    comment on view trial_metric_rollups is
      'metric_rollups with names and ids instead of integers: one row for each bucket. A bucket without a finite point has NaN.';

    create function empty_metric_tiers() returns trigger language plpgsql security definer as $$
    begin
      execute format('delete from %I.metric_rollups', tg_table_schema);
      execute format('delete from %I.metric_tiers', tg_table_schema);
      return null;
    end $$;

    create function remove_metric_rollups() returns trigger language plpgsql security definer as $$
    begin
      execute format('delete from %I.metric_rollups r using removed where r.trial_key = removed.trial_key', tg_table_schema);
      execute format(
        'delete from %1$I.metric_tiers t where exists (select from removed r
           where r.trial_key >= t.first_trial_key and r.trial_key < t.end_trial_key)
         and not exists (select from %1$I.metric_trials k
           where k.trial_key >= t.first_trial_key and k.trial_key < t.end_trial_key)', tg_table_schema);
      return null;
    end $$;

    create trigger metric_tiers_emptied after truncate on metric_trials
      for each statement execute function empty_metric_tiers();
    create trigger metric_rollups_removed after delete on metric_trials
      referencing old table as removed
      for each statement execute function remove_metric_rollups();
  `,
  down: `
    drop trigger metric_rollups_removed on metric_trials;
    drop trigger metric_tiers_emptied on metric_trials;
    drop function remove_metric_rollups, empty_metric_tiers;
    drop view trial_metric_rollups;
    drop table metric_rollups;
    drop table metric_tier_files;
    drop table metric_tiers;
    drop table metric_partitioning;
  `,
};
