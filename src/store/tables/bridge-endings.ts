import type pg from 'pg';
import type { Lease } from './bridge-claims.ts';

/** The terminal state of a trial. */
export type TrialOutcome = 'completed' | 'failed' | 'cancelled' | 'skipped';

/** The end of one attempt, as `bridge_attempts` keeps it. */
export interface AttemptEnd {
  /** One word: a trial's outcome, or the reason why the attempt had none. */
  readonly outcome: string;
  readonly message: string | null;
  readonly error_type: string | null;
  readonly return_code: number | null;
  readonly signal: string | null;
  readonly duration_ms: number | null;
  /** Its output, bounded, without NUL. */
  readonly output: string | null;
}

/** A terminal state, and the JSON text that its events are made of. */
export interface TerminalState {
  readonly outcome: TrialOutcome;
  readonly ending: string;
}

/** Locks and changes the trial only while this lease holds it: the fence. */
const FENCED = `t.model_run_id = $1 and t.trial_id = $2 and t.epoch = $3 and t.bridge_id = $4::uuid and t.state = 'leased'`;
const fence = ({ model_run_id, trial_id, epoch, bridge_id }: Lease): unknown[] => [
  model_run_id,
  trial_id,
  epoch,
  bridge_id,
];

/** The statement `change` under the fence; a change that happens takes the trial off its run's count and ends the attempt. */
const fenced = (change: string, attempt: number): string => `
  with e as (
    update bridge_trials t set bridge_id = null, ${change} where ${FENCED} returning t.model_run_id, t.state
  ), counted as (
    update bridge_runs r set running = r.running - 1 from e where r.model_run_id = e.model_run_id
  ), noted as (
    update bridge_attempts a set ended_at = now(), outcome = $${attempt}, message = $${attempt + 1},
      error_type = $${attempt + 2}, return_code = $${attempt + 3}, signal = $${attempt + 4},
      duration_ms = $${attempt + 5}, output = $${attempt + 6}
    from e where a.model_run_id = $1 and a.trial_id = $2 and a.epoch = $3
  )
  select state from e`;

const attemptValues = (end: AttemptEnd): unknown[] => [
  end.outcome,
  end.message,
  end.error_type,
  end.return_code,
  end.signal,
  end.duration_ms,
  end.output,
];

/**
 * Whether the study of trial `t` need not be told the trial's end, because the study was never asked for the trial. A
 * study can have a trial whose choice was not stored, because its bridge was lost, or the trial ended, before the
 * answer.
 */
export const NEVER_ASKED = `(t.optuna_number is null and (t.hyperparams is not null or t.epoch = 0 or not exists (
  select from bridge_runs s where s.model_run_id = t.model_run_id and s.study is not null)))`;

const ENDED = (outcome: string, ending: string): string =>
  `state = 'ended', outcome = ${outcome}, ending = ${ending}, ended_at = now(), published = false, ` +
  `told = ${NEVER_ASKED}, cancel_at = null`;

const END = fenced(ENDED('$5', '$6'), 7);

/**
 * Ends a trial. Returns false if the lease no longer holds it: another bridge has it, or it ended; the result must then
 * be discarded.
 */
export async function endTrial(pool: pg.Pool, lease: Lease, end: TerminalState, attempt: AttemptEnd): Promise<boolean> {
  const values = [...fence(lease), end.outcome, end.ending, ...attemptValues(attempt)];
  const { rows } = await pool.query({ name: 'bridge-end', text: END, values });
  return rows.length === 1;
}

const IS_LAST = 't.failures >= $7::int';
const when = (last: string, retry: string): string => `case when ${IS_LAST} then ${last} else ${retry} end`;
const FAIL = fenced(
  `state = ${when("'ended'", "'queued'")}, failures = t.failures + 1, outcome = ${when("'failed'", 'null')},
   ending = ${when('$5', 'null')}, ended_at = ${when('now()', 'null')}, published = not (${IS_LAST}),
   told = not (${IS_LAST}) or ${NEVER_ASKED}, cancel_at = ${when('null', 't.cancel_at')},
   run_after = now() + $6::float8 * interval '1 ms' * power(2, t.failures)`,
  8,
);

/** The retries of a failed attempt. */
export interface RetryRule {
  /** Attempts that may fail before the last one. */
  readonly retries: number;
  /** The pause before the first retry, in milliseconds; it doubles with each. */
  readonly backoffMs: number;
}

/**
 * Notes a failed attempt: the trial is queued again, or has failed if its retries are used up. Returns its state, undefined
 * if the lease no longer holds it.
 *
 * @param ending the JSON text of the events of a failure.
 */
export async function failTrial(
  pool: pg.Pool,
  lease: Lease,
  ending: string,
  { retries, backoffMs }: RetryRule,
  attempt: AttemptEnd,
): Promise<'queued' | 'ended' | undefined> {
  const values = [...fence(lease), ending, backoffMs, retries, ...attemptValues(attempt)];
  const { rows } = await pool.query<{ state: 'queued' | 'ended' }>({ name: 'bridge-fail', text: FAIL, values });
  return rows[0]?.state;
}

const GIVE_BACK = fenced(`state = 'queued', run_after = now() + $5::float8 * interval '1 ms'`, 6);

/** Queues a trial again whose attempt did not fail: the bridge stops, or its study does not answer. */
export async function giveBackTrial(
  pool: pg.Pool,
  lease: Lease,
  pauseMs: number,
  attempt: AttemptEnd,
): Promise<boolean> {
  const values = [...fence(lease), pauseMs, ...attemptValues(attempt)];
  const { rows } = await pool.query({ name: 'bridge-give-back', text: GIVE_BACK, values });
  return rows.length === 1;
}

const CHOOSE = `
  update bridge_trials t set hyperparams = $5, spectral_norm = $6, optuna_number = $7 where ${FENCED} returning 1`;

/** The hyperparameters that a study chose. */
export interface ChosenParams {
  readonly hyperparams: string;
  readonly spectral_norm: boolean | null;
  readonly optuna_number: number;
}

/** Stores the choice of a study; a later attempt runs with the same. Returns false if the lease no longer holds the trial. */
export async function storeChoice(pool: pg.Pool, lease: Lease, choice: ChosenParams): Promise<boolean> {
  const values = [...fence(lease), choice.hyperparams, choice.spectral_norm, choice.optuna_number];
  return (await pool.query({ name: 'bridge-choose', text: CHOOSE, values })).rowCount === 1;
}
