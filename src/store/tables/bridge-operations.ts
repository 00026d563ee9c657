import type pg from 'pg';
import { inTransaction } from '../pool.ts';
import { GREATEST_EPOCH } from './bridge-claims.ts';
import { notifyBridges, TERMINAL } from './bridge-commands.ts';

/** The number of runs and trials that an operation changed. */
export interface Changed {
  readonly runs: number;
  readonly trials: number;
}

const HOLD_RUN = `update bridge_runs set held_at = now() where model_run_id = $1 and held_at is null`;
const HOLD_TRIAL = `update bridge_trials set state = 'held' where model_run_id = $1 and trial_id = $2 and state = 'queued'`;

/** Keeps the queued trials of a run, or one queued trial, from being claimed. Running trials continue. */
export async function hold(pool: pg.Pool, run: string, trial?: string): Promise<Changed> {
  if (trial === undefined) return { runs: (await pool.query(HOLD_RUN, [run])).rowCount ?? 0, trials: 0 };
  return { runs: 0, trials: (await pool.query(HOLD_TRIAL, [run, trial])).rowCount ?? 0 };
}

const RELEASE_RUN = `
  update bridge_runs set held_at = null, released_at = now(), active = true
  where model_run_id = $1 and (held_at is not null or exists (
    select from bridge_trials t where t.model_run_id = $1 and t.state = 'held'))`;

/**
 * A trial that ended meanwhile, according to its row, must not run again; one that is at a later attempt continues from
 * there.
 */
const RELEASE_TRIALS = `
  update bridge_trials t set
    state = case when c.status in ${TERMINAL} then 'ended' else 'queued' end,
    outcome = case when c.status in ${TERMINAL} then c.status end,
    ended_at = case when c.status in ${TERMINAL} then now() end,
    epoch = greatest(t.epoch, coalesce(c.attempt, 0)), run_after = now()
  from bridge_trials h left join cerebros_model_trials c on c.model_run_id = h.model_run_id and c.trial_id = h.trial_id
  where h.model_run_id = $1 and ($2::text is null or h.trial_id = $2) and h.state = 'held'
    and t.model_run_id = h.model_run_id and t.trial_id = h.trial_id and t.state = 'held'`;

/** Lets a held run and its held trials be claimed again, or one held trial. */
export const release = (pool: pg.Pool, run: string, trial?: string): Promise<Changed> =>
  inTransaction(pool, async (client) => {
    const runs = trial === undefined ? ((await client.query(RELEASE_RUN, [run])).rowCount ?? 0) : 0;
    const trials = (await client.query(RELEASE_TRIALS, [run, trial ?? null])).rowCount ?? 0;
    if (trials > 0) await client.query('update bridge_runs set active = true where model_run_id = $1', [run]);
    await notifyBridges(client);
    return { runs, trials };
  });

export interface NewOrder {
  readonly priority?: number | undefined;
  /** Null removes the limit. */
  readonly parallelism?: number | null | undefined;
}

const REORDER_RUN = `
  update bridge_runs set priority = coalesce($2, priority), parallelism = case when $3 then $4 else parallelism end
  where model_run_id = $1`;
const REORDER_TRIAL = `
  update bridge_trials set priority = $3 where model_run_id = $1 and trial_id = $2 and state in ('queued', 'held')`;

/** Changes the priority or the parallelism of a run. A run above its new limit starts nothing until it is below. */
export const reorderRun = (pool: pg.Pool, run: string, { priority, parallelism }: NewOrder): Promise<Changed> =>
  inTransaction(pool, async (client) => {
    const values = [run, priority ?? null, parallelism !== undefined, parallelism ?? null];
    const runs = (await client.query(REORDER_RUN, values)).rowCount ?? 0;
    await notifyBridges(client);
    return { runs, trials: 0 };
  });

/** Changes the priority of a waiting trial within its run. */
export async function reorderTrial(pool: pg.Pool, run: string, trial: string, priority: number): Promise<Changed> {
  return { runs: 0, trials: (await pool.query(REORDER_TRIAL, [run, trial, priority])).rowCount ?? 0 };
}

/**
 * Its next epoch is greater than that of every attempt before, so the events of the new attempt replace their result. It has
 * another command, so its end is another event; and another time of request, so that earlier requests to cancel do not apply.
 * An end that Kafka or the study does not have yet would be lost.
 */
const RETRY_TRIALS = `
  update bridge_trials set state = 'queued', command_id = gen_random_uuid(), requested_at = now(), run_after = now(),
    failures = 0, losses = 0, outcome = null, ended_at = null, ending = null, cancel_at = null
  where model_run_id = $1 and state = 'ended' and published and told and epoch < ${GREATEST_EPOCH}
    and case when $2::text is null then outcome = 'failed' else trial_id = $2 end
  returning trial_id`;

/** The new ends are reported too. */
const FORGET_CALLS = `
  delete from bridge_calls where model_run_id = $1 and state = 'ended'
    and (op = 'finalize_run' or (op = 'record_trial' and trial_id = any($2::text[])))`;

/** A study that has ended will end again, with another event. */
const CONTINUE_RUN = `
  update bridge_runs set active = true, published = true, ended_at = null, outcome = null, ending = null
  where model_run_id = $1`;

/** Queues one ended trial again, or the failed trials of a run. */
export const retry = (pool: pg.Pool, run: string, trial?: string): Promise<Changed> =>
  inTransaction(pool, async (client) => {
    const { rows: trials } = await client.query<{ trial_id: string }>(RETRY_TRIALS, [run, trial ?? null]);
    if (trials.length > 0) {
      await client.query(CONTINUE_RUN, [run]);
      await client.query(FORGET_CALLS, [run, trials.map(({ trial_id }) => trial_id)]);
      await notifyBridges(client);
    }
    return { runs: 0, trials: trials.length };
  });
