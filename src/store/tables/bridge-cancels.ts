import type pg from 'pg';
import type { ClientBase } from 'pg';
import { textArray } from '../binary-array.ts';
import { NEXT_EPOCH } from './bridge-claims.ts';
import { TERMINAL } from './bridge-commands.ts';
import { NEVER_ASKED } from './bridge-endings.ts';

/**
 * Whether trial `t` of run `r` is cancelled; `c` is the request that names it, if any. A trial that was to be stopped while it
 * ran stays cancelled, whatever became of the request.
 */
const IS_CANCELLED = `(r.cancelled_at >= t.requested_at or c.cancelled_at >= t.requested_at or t.cancel_at is not null)`;

/** @param states a condition whose parts are those of indexes, so that trials that have ended are not read. */
const DUE = (states: string, columns = ''): string => `
  select t.model_run_id, t.trial_id${columns}
  from bridge_trials t
  join bridge_runs r using (model_run_id)
  left join bridge_cancellations c using (model_run_id, trial_id)
  where (${states}) and ${IS_CANCELLED} and ($1::text[] is null or t.model_run_id = any($1))
  order by t.model_run_id, t.trial_id
  for update of t skip locked`;

const OF_ROW = (column: string): string => `(
  select m.${column} from cerebros_model_trials m where m.model_run_id = t.model_run_id and m.trial_id = t.trial_id)`;

/**
 * Whether the trial ended before this queue had it: according to its row, for trials that wait for an operator, or because
 * the request is older than the queue, and so read again. Its events are in Kafka already. The row is looked up for each
 * trial that is due: a join could read the rows of all trials there are.
 */
const HISTORY = `,
  case when t.state = 'held' and ${OF_ROW('status')} in ${TERMINAL} then ${OF_ROW('status')} end as known,
  coalesce(greatest(r.cancelled_at, c.cancelled_at) < (select created_at from bridge_queue), false) as is_old,
  greatest(t.epoch, ${OF_ROW('attempt')}) as epoch`;

/** A trial that is not running ends at once. A locked one is being claimed or ended; the next call finds it. */
const END = `
  with due as (${DUE("t.state = 'queued' or t.state = 'held'", HISTORY)})
  update bridge_trials t set state = 'ended', outcome = coalesce(due.known, 'cancelled'), ended_at = now(),
    epoch = case when due.known is null then ${NEXT_EPOCH('due.epoch')} else due.epoch end,
    ending = case when due.known is null and not due.is_old then '{"kind":"cancelled"}' end,
    published = due.known is not null or due.is_old, told = due.known is not null or due.is_old or ${NEVER_ASKED}
  from due where t.model_run_id = due.model_run_id and t.trial_id = due.trial_id`;

const MARK = `
  with due as (${DUE("t.state = 'leased'")})
  update bridge_trials t set cancel_at = now()
  from due where t.model_run_id = due.model_run_id and t.trial_id = due.trial_id and t.cancel_at is null`;

export interface SettledCancels {
  /** Trials that had not started. */
  readonly ended: number;
  /** Trials whose bridge was asked to stop them. */
  readonly marked: number;
}

/** Applies the requests to cancel to the trials of `runs`, or of all runs. */
export async function settleCancels(client: ClientBase | pg.Pool, runs?: readonly string[]): Promise<SettledCancels> {
  const values = [runs === undefined ? null : textArray(runs)];
  const ended = (await client.query(END, values)).rowCount ?? 0;
  const marked = (await client.query(MARK, values)).rowCount ?? 0;
  return { ended, marked };
}
