import type { SqlMigration } from './sql-migration.ts';

/** The operations that the bridge calls beside `run_trial`: before the trials of a study, and after ends. */
export const bridgeCalls: SqlMigration = {
  name: '0020-bridge-calls',
  up: `
    create table bridge_calls (
      model_run_id text collate "C" not null check (length(model_run_id) between 1 and 255),
      op text not null check (op in ('start_run', 'record_trial', 'finalize_run')),
      trial_id text collate "C" not null default '' check (length(trial_id) <= 255),
      state text not null default 'queued' check (state in ('queued', 'leased', 'ended')),
      run_after timestamptz(3) not null default now(),
      failures smallint not null default 0,
      bridge_id uuid,
      ended_at timestamptz(3),
      outcome text,
      message text,
      primary key (model_run_id, op, trial_id),
      check ((state = 'leased') = (bridge_id is not null))
    ) with (fillfactor = 70);
    create index bridge_calls_open on bridge_calls (run_after) where state <> 'ended';
    create index bridge_calls_ended on bridge_calls (ended_at) where state = 'ended';
    comment on table bridge_calls is 'One row for each call of start_run, record_trial and finalize_run: (model_run_id, op, trial_id).';
  `,
  down: 'drop table bridge_calls;',
};
