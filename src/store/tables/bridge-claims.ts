import type pg from 'pg';
import { isDue } from '../is-due.ts';

/** The place of a running trial in the queue, as the bridge that holds it must name it to change anything. */
export interface Lease {
  readonly model_run_id: string;
  readonly trial_id: string;
  /** Counts the leases of the trial from 1; events carry it as `attempt`. */
  readonly epoch: number;
  readonly bridge_id: string;
}

/** A trial that a bridge has claimed. */
export interface ClaimedTrial extends Lease {
  /** A UUID in lower case. */
  readonly command_id: string;
  /** Epoch milliseconds. */
  readonly requested_at: number;
  /** Attempts that failed, and attempts whose bridge was lost. */
  readonly failures: number;
  readonly losses: number;
  /** JSON objects as text, unchanged. */
  readonly hyperparams: string | null;
  readonly payload: string | null;
  readonly spectral_norm: boolean | null;
  readonly timeout_ms: number | null;
  readonly correlation_id: string | null;
  readonly traceparent: string | null;
  readonly optuna_number: number | null;
  /** The study of the run, as JSON text. */
  readonly study: string | null;
}

export interface ClaimRequest {
  readonly bridgeId: string;
  readonly host: string;
  /** Trials to claim, at most; all of one run. */
  readonly limit: number;
  /** False leaves out trials whose hyperparameters a study has to choose. */
  readonly withStudies: boolean;
}

/** The last epoch: events bound `attempt` to it. */
export const GREATEST_EPOCH = 99_999;

/** The epoch of an end that the queue decides while no bridge holds the trial: above those of all bridges that held it. */
export const NEXT_EPOCH = (epoch: string): string => `least(${epoch} + 1, ${GREATEST_EPOCH})`;

const CLAIMABLE = (trial: string, run: string): string => `
  ${trial}.model_run_id = ${run}.model_run_id and ${trial}.state = 'queued' and ${isDue(`${trial}.run_after`)}
  and ${trial}.epoch < ${GREATEST_EPOCH}
  and (${run}.cancelled_at is null or ${trial}.requested_at > ${run}.cancelled_at) and ${trial}.cancel_at is null
  and ($4::boolean or ${trial}.hyperparams is not null or ${run}.study is null)`;

/**
 * The run with the fewest running trials among those of the highest priority, then its first trials. `running` is a column
 * that this statement and every end of a trial change: a count would be of the snapshot from before the lock, and exceed
 * `parallelism`.
 */
const claim = (lock: string): string => `
  with run as (
    select r.model_run_id, r.cancelled_at, r.study, coalesce(r.parallelism, 2147483647) - r.running as free
    from bridge_runs r
    where r.active and r.held_at is null and r.running < coalesce(r.parallelism, 2147483647)
      and exists (select from bridge_trials t where ${CLAIMABLE('t', 'r')})
    order by r.priority desc, r.running, r.requested_at, r.model_run_id
    limit 1
    for update of r ${lock}
  ), pick as (
    select p.* from run, lateral (
      select t.model_run_id, t.trial_id from bridge_trials t
      where ${CLAIMABLE('t', 'run')}
      order by t.priority desc, t.requested_at, t.trial_id
      limit least($3::int, run.free)
      for update skip locked
    ) p
  ), took as (
    update bridge_trials t set state = 'leased', epoch = t.epoch + 1, bridge_id = $1::uuid
    from pick where t.model_run_id = pick.model_run_id and t.trial_id = pick.trial_id and t.state = 'queued'
    returning t.*
  ), counted as (
    update bridge_runs r set running = r.running + k.count
    from (select model_run_id, count(*)::int as count from took group by model_run_id) k
    where r.model_run_id = k.model_run_id
  ), noted as (
    insert into bridge_attempts (model_run_id, trial_id, epoch, bridge_id, host)
    select model_run_id, trial_id, epoch, bridge_id, $2 from took
    on conflict do nothing
  )
  select t.model_run_id, t.trial_id, t.epoch, t.bridge_id, t.command_id,
    (extract(epoch from t.requested_at) * 1000)::float8 as requested_at, t.failures::int, t.losses::int,
    coalesce(t.hyperparams, case when run.study is null then '{}' end) as hyperparams, t.payload, t.spectral_norm,
    t.timeout_ms, t.correlation_id, t.traceparent, t.optuna_number, run.study
  from took t join run using (model_run_id)`;

const CLAIM = claim('skip locked');
/** Waits for the lock of a run, which its other claims and ends hold for a moment. */
const CLAIM_WAITING = claim('');

/**
 * Claims queued trials of one run. Locks of other claims are passed over first; only if that finds nothing, a lock is waited
 * for, so that an empty result means that there is no work.
 */
export async function claimTrials(pool: pg.Pool, request: ClaimRequest): Promise<readonly ClaimedTrial[]> {
  const values = [request.bridgeId, request.host, request.limit, request.withStudies];
  const found = await pool.query<ClaimedTrial>({ name: 'bridge-claim', text: CLAIM, values });
  if (found.rows.length > 0) return found.rows;
  return (await pool.query<ClaimedTrial>({ name: 'bridge-claim-waiting', text: CLAIM_WAITING, values })).rows;
}
