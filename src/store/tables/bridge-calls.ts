import type pg from 'pg';
import { textArray } from '../binary-array.ts';
import { isDue } from '../is-due.ts';
import type { TrialOutcome } from './bridge-endings.ts';

/** The operations that a bridge calls for a run or an ended trial, if it is configured to. */
export const CALLED_OPERATIONS = ['start_run', 'record_trial', 'finalize_run'] as const;
export type CalledOperation = (typeof CALLED_OPERATIONS)[number];

/** Ends before this are not reported when the operations are switched on; it is shorter than the least retention. */
const RECENT = `now() - interval '12 hours'`;
/** Nearly every end is published within this time. */
const JUST_NOW = `now() - interval '2 minutes'`;

const LACKS_CALL = (op: string, subject: string): string => `not exists (
  select from bridge_calls c where c.model_run_id = ${subject}.model_run_id and c.op = '${op}'
    and c.trial_id = ${op === 'record_trial' ? `${subject}.trial_id` : `''`})`;

const STARTS = `
  select r.model_run_id, 'start_run', '' from bridge_runs r
  where r.active and r.study is not null and r.expanded = 0 and r.trials > 0
    and r.ended_at is null and r.held_at is null and (r.cancelled_at is null or r.cancelled_at < r.requested_at)`;

/** The end of a trial is reported once its event is in Kafka. */
const RECORDS = (since: string): string => `
  select t.model_run_id, 'record_trial', t.trial_id from bridge_trials t
  where t.state = 'ended' and t.published and t.ending is not null and t.ended_at > ${since}
    and ${LACKS_CALL('record_trial', 't')}`;

/** The end of a run is reported after those of its trials. @param andRecords whether these are reported. */
const FINALS = (andRecords: string): string => `
  select r.model_run_id, 'finalize_run', '' from bridge_runs r
  where r.study is not null and r.ending is not null and r.ended_at > ${RECENT} and ${LACKS_CALL('finalize_run', 'r')}
    and not exists (
      select from bridge_trials t where t.model_run_id = r.model_run_id and (not t.published
        or ${andRecords} and t.ending is not null and t.ended_at > ${RECENT} and ${LACKS_CALL('record_trial', 't')}))`;

const ADD = (calls: string): string =>
  `insert into bridge_calls (model_run_id, op, trial_id) ${calls} on conflict do nothing`;

/**
 * Queues the calls that are due. Repeating it adds none twice.
 *
 * @param isThorough whether to look for ends that were published late: it reads every end of the last hours.
 */
export async function addCalls(
  pool: pg.Pool,
  operations: readonly CalledOperation[],
  isThorough: boolean,
): Promise<void> {
  const records = operations.includes('record_trial');
  if (operations.includes('start_run')) await pool.query(ADD(STARTS));
  if (records) await pool.query(ADD(RECORDS(isThorough ? RECENT : JUST_NOW)));
  if (operations.includes('finalize_run')) await pool.query(ADD(FINALS(String(records))));
}

/** Calls of dead bridges, and calls that this one claimed without getting the answer: it runs none while it asks. */
const RESCUE = `
  update bridge_calls c set state = 'queued', bridge_id = null where c.state = 'leased' and (c.bridge_id = $1::uuid
    or not exists (select from bridges b where b.bridge_id = c.bridge_id and b.alive_until > now()))`;

export const rescueCalls = (pool: pg.Pool, bridgeId: string): Promise<unknown> => pool.query(RESCUE, [bridgeId]);

/** A claimed call, with everything that its payload is made of. JSON columns are text. */
export interface ClaimedCall {
  readonly model_run_id: string;
  readonly op: CalledOperation;
  /** Empty for the operations of a run. */
  readonly trial_id: string;
  readonly failures: number;
  readonly command_id: string | null;
  readonly correlation_id: string | null;
  readonly traceparent: string | null;
  readonly timeout_ms: number | null;
  readonly parallelism: number | null;
  readonly spectral_norm: boolean | null;
  readonly payload: string | null;
  readonly study: string | null;
  readonly trials: number;
  /** The end of the trial, or of the run: its outcome, document, and time from the request in milliseconds. */
  readonly outcome: TrialOutcome | null;
  readonly ending: string | null;
  readonly duration_ms: number | null;
  /** The MLflow run of the trial according to its row, which also has that of a killed worker. */
  readonly mlflow_run_id: string | null;
  /** The completed trial with the best value of the study's metric. */
  readonly best_trial_id: string | null;
}

const BEST = `
  select b.trial_id from bridge_trials b, lateral (
    select (b.ending::jsonb #>> array['trial', 'metrics', r.study::jsonb->>'metric'])::float8 as value) v
  where b.model_run_id = c.model_run_id and b.outcome = 'completed' and b.ending is not null and v.value is not null
  order by case when r.study::jsonb->>'direction' = 'minimize' then v.value else -v.value end, b.trial_id limit 1`;

const CLAIM = `
  with next as (
    select model_run_id, op, trial_id from bridge_calls q
    where state = 'queued' and ${isDue('run_after')}
      and (op <> 'finalize_run' or not exists (select from bridge_calls o
        where o.model_run_id = q.model_run_id and o.op <> 'finalize_run' and o.state <> 'ended'))
    order by run_after, model_run_id, trial_id limit 1 for update skip locked
  ), c as (
    update bridge_calls c set state = 'leased', bridge_id = $1::uuid from next
    where (c.model_run_id, c.op, c.trial_id) = (next.model_run_id, next.op, next.trial_id)
      and exists (select from bridges b where b.bridge_id = $1::uuid and b.alive_until > now())
    returning c.*
  )
  select c.model_run_id, c.op, c.trial_id, c.failures::int, r.command_id, r.parallelism, r.study, r.trials,
    coalesce(t.correlation_id, r.correlation_id) as correlation_id, coalesce(t.traceparent, r.traceparent) as traceparent,
    coalesce(t.timeout_ms, r.timeout_ms) as timeout_ms, coalesce(t.payload, r.payload) as payload,
    case when c.op = 'record_trial' then t.spectral_norm else r.spectral_norm end as spectral_norm,
    case when c.op = 'record_trial' then t.outcome else r.outcome end as outcome,
    case when c.op = 'record_trial' then t.ending else r.ending end as ending,
    (extract(epoch from r.ended_at - r.requested_at) * 1000)::float8 as duration_ms, m.mlflow_run_id,
    case when c.op = 'finalize_run' then (${BEST}) end as best_trial_id
  from c join bridge_runs r using (model_run_id)
  left join bridge_trials t on t.model_run_id = c.model_run_id and t.trial_id = c.trial_id
  left join cerebros_model_trials m on m.model_run_id = c.model_run_id and m.trial_id = c.trial_id`;

/** Claims the next call. */
export const claimCall = async (pool: pg.Pool, bridgeId: string): Promise<ClaimedCall | undefined> =>
  (await pool.query<ClaimedCall>(CLAIM, [bridgeId])).rows[0];

type Name = Pick<ClaimedCall, 'model_run_id' | 'op' | 'trial_id'>;
const FENCED = `model_run_id = $1 and op = $2 and trial_id = $3 and bridge_id = $4::uuid and state = 'leased'`;
const fence = ({ model_run_id, op, trial_id }: Name, bridgeId: string): unknown[] => [
  model_run_id,
  op,
  trial_id,
  bridgeId,
];

const END = `
  update bridge_calls set state = 'ended', bridge_id = null, ended_at = now(), outcome = $5, message = $6 where ${FENCED}`;

/** Ends a call. Returns false if the bridge no longer holds it. */
export const endCall = async (
  client: pg.ClientBase,
  call: Name,
  bridgeId: string,
  outcome: string,
  message: string | null,
): Promise<boolean> => (await client.query(END, [...fence(call, bridgeId), outcome, message])).rowCount === 1;

const REPEAT = `
  update bridge_calls set state = 'queued', bridge_id = null, failures = failures + $5::int,
    run_after = now() + $6::float8 * interval '1 ms' where ${FENCED}`;

/** Queues a call again: after a failure, or because the bridge stops. */
export const repeatCall = (
  pool: pg.Pool,
  call: Name,
  bridgeId: string,
  after: { readonly failures: number; readonly pauseMs: number },
): Promise<unknown> => pool.query(REPEAT, [...fence(call, bridgeId), after.failures, after.pauseMs]);

/** The run stays active for the trials that it may have beside the study; without any it becomes idle by itself. */
const FAIL_RUN = `
  update bridge_runs set expanded = trials, announced = trials, ended_at = now(), outcome = 'failed',
    published = false, ending = json_build_object('trials', 0, 'completed', 0, 'failed', 0, 'cancelled', 0, 'skipped', 0,
      'error', $2::text)::text
  where model_run_id = $1 and expanded = 0 and ended_at is null`;

/** Ends a study before its first trial. */
export const failRun = (client: pg.ClientBase, modelRunId: string, message: string): Promise<unknown> =>
  client.query(FAIL_RUN, [modelRunId, message]);

/** A trial that a script has run by itself. */
export interface RunAlready {
  readonly trial_id: string;
  readonly command_id: string;
  readonly outcome: TrialOutcome;
  readonly ending: string;
}

const INSERT = `
  insert into bridge_trials (model_run_id, trial_id, command_id, requested_at, state, epoch, outcome, ending, ended_at, published)
  select $1, g.trial_id, g.command_id::uuid, now(), 'ended', 1, g.outcome, g.ending, now(), false
  from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as g (trial_id, command_id, outcome, ending)
  order by g.trial_id collate "C"
  on conflict do nothing`;

/** Adds ended trials to the queue, from which their ends are published. The study then queues none of the same id. */
export const addEndedTrials = (
  client: pg.ClientBase,
  modelRunId: string,
  trials: readonly RunAlready[],
): Promise<unknown> =>
  client.query(INSERT, [
    modelRunId,
    textArray(trials.map(({ trial_id }) => trial_id)),
    textArray(trials.map(({ command_id }) => command_id)),
    textArray(trials.map(({ outcome }) => outcome)),
    textArray(trials.map(({ ending }) => ending)),
  ]);
