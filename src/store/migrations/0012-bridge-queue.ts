import type { SqlMigration } from './sql-migration.ts';

const ID = (name: string): string => `${name} text collate "C" not null check (length(${name}) between 1 and 255)`;

/**
 * The queue of the bridge. Its rows follow from `ml.commands` and from what bridges did; they are the truth about who runs
 * which trial, and no other table depends on them. docs/bridge.md describes them.
 */
export const bridgeQueue: SqlMigration = {
  name: '0012-bridge-queue',
  up: `
    create table bridge_queue (
      one boolean primary key default true check (one),
      created_at timestamptz(3) not null default now()
    );
    insert into bridge_queue default values;

    create table bridges (
      bridge_id uuid primary key,
      host text not null,
      pid integer not null,
      slots integer not null,
      started_at timestamptz(3) not null default now(),
      alive_until timestamptz(3) not null,
      paused_at timestamptz(3),
      pause_reason text
    ) with (fillfactor = 50);

    create table bridge_runs (
      ${ID('model_run_id')} primary key,
      requested_at timestamptz(3) not null,
      priority smallint not null default 0,
      parallelism integer check (parallelism > 0),
      running integer not null default 0 check (running >= 0),
      active boolean not null default true,
      held_at timestamptz(3),
      released_at timestamptz(3),
      cancelled_at timestamptz(3),
      has_cancellations boolean not null default false,
      command_id uuid,
      correlation_id text,
      traceparent text,
      spectral_norm boolean,
      payload text,
      timeout_ms double precision,
      study text,
      trials integer not null default 0,
      expanded integer not null default 0,
      announced integer not null default 0,
      start_published boolean not null default true,
      ended_at timestamptz(3),
      outcome text check (outcome in ('completed', 'failed', 'cancelled')),
      ending text,
      published boolean not null default true
    ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
    create index bridge_runs_active on bridge_runs (model_run_id) where active;
    create index bridge_runs_unpublished on bridge_runs (model_run_id)
      where not published or not start_published or announced < expanded or expanded < trials;

    create table bridge_trials (
      ${ID('model_run_id')},
      ${ID('trial_id')},
      command_id uuid not null,
      requested_at timestamptz(3) not null,
      priority smallint not null default 0,
      state text not null check (state in ('queued', 'leased', 'ended', 'held')),
      run_after timestamptz(3) not null default now(),
      epoch integer not null default 0,
      failures smallint not null default 0,
      losses smallint not null default 0,
      bridge_id uuid,
      cancel_at timestamptz(3),
      hyperparams text,
      spectral_norm boolean,
      payload text,
      timeout_ms double precision,
      correlation_id text,
      traceparent text,
      optuna_number integer,
      ended_at timestamptz(3),
      outcome text check (outcome in ('completed', 'failed', 'cancelled', 'skipped')),
      ending text,
      told boolean not null default true,
      published boolean not null default true,
      primary key (model_run_id, trial_id),
      check ((state = 'leased') = (bridge_id is not null))
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
    create index bridge_trials_queued on bridge_trials (model_run_id, priority desc, requested_at, trial_id)
      where state = 'queued';
    create index bridge_trials_open on bridge_trials (model_run_id, state) where state in ('leased', 'held');
    create index bridge_trials_leased on bridge_trials (bridge_id) where state = 'leased';
    create index bridge_trials_unpublished on bridge_trials (ended_at) where not published;
    create index bridge_trials_untold on bridge_trials (ended_at) where not told;
    create index bridge_trials_ended on bridge_trials (ended_at) where state = 'ended';

    create table bridge_cancellations (
      ${ID('model_run_id')},
      ${ID('trial_id')},
      cancelled_at timestamptz(3) not null,
      primary key (model_run_id, trial_id)
    );

    create table bridge_attempts (
      ${ID('model_run_id')},
      ${ID('trial_id')},
      epoch integer not null,
      bridge_id uuid not null,
      host text not null,
      started_at timestamptz(3) not null default now(),
      ended_at timestamptz(3),
      outcome text,
      message text,
      error_type text,
      return_code integer,
      signal text,
      duration_ms double precision,
      output text,
      primary key (model_run_id, trial_id, epoch)
    );
    create index bridge_attempts_started on bridge_attempts (started_at);

    comment on table bridge_queue is 'One row: the time since which commands are queued. Older ones are held.';
    comment on table bridges is 'One row for each bridge process; its lease on trials ends at alive_until.';
    comment on table bridge_runs is 'One row for each run with commands: (model_run_id).';
    comment on table bridge_trials is 'One row for each commanded trial: (model_run_id, trial_id).';
    comment on table bridge_cancellations is 'The latest request to cancel each trial: (model_run_id, trial_id).';
    comment on table bridge_attempts is 'One row for each attempt of a trial: (model_run_id, trial_id, epoch).';
  `,
  down: `
    drop table bridge_attempts;
    drop table bridge_cancellations;
    drop table bridge_trials;
    drop table bridge_runs;
    drop table bridges;
    drop table bridge_queue;
  `,
};
