/**
 * The trials of a run that bridges can still cancel: those of the queue that have not ended, and those of its study that are not
 * queued yet. `queued` is a state that only a command gives, so a queued trial counts although no bridge has read its command.
 */
const OPEN_TRIALS = `
  greatest(
    (select count(*) from bridge_trials b where b.model_run_id = $1 and b.state = 'queued')
      + (select count(*) from bridge_trials b where b.model_run_id = $1 and b.state in ('leased', 'held'))
      + coalesce((select r.trials - r.expanded from bridge_runs r where r.model_run_id = $1 and r.outcome is null), 0),
    (select count(*) from cerebros_model_trials t where t.model_run_id = $1 and t.status = 'queued')
  )::int`;

const OPEN_TRIAL = `
  (exists (select from bridge_trials b where b.model_run_id = $1 and b.trial_id = $2 and b.state <> 'ended')
    or exists (select from cerebros_model_trials t
               where t.model_run_id = $1 and t.trial_id = $2 and t.status = 'queued'))::int`;

const LIVE_BRIDGES = `(select count(*) from bridges where alive_until > now())::int`;

/** The row of {@link COMMANDS_OF_RUN} and {@link COMMANDS_OF_TRIAL}. */
export interface OpenCommands {
  /** Commanded trials that have not ended; a cancellation reaches no others. */
  readonly open: number;
  /** Bridges that run at the moment; without one a cancellation waits. */
  readonly bridges: number;
}

/** `$1` is the run. */
export const COMMANDS_OF_RUN = `select ${OPEN_TRIALS} as open, ${LIVE_BRIDGES} as bridges`;

/** `$1` is the run, `$2` the trial. */
export const COMMANDS_OF_TRIAL = `select ${OPEN_TRIAL} as open, ${LIVE_BRIDGES} as bridges`;
