import type pg from 'pg';
import type { ClientBase } from 'pg';
import { textArray } from '../binary-array.ts';

/**
 * The channel that notifies bridges of possible work or a cancellation. A notification is a hint only: bridges also
 * poll.
 */
export const BRIDGE_CHANNEL = 'thunderline_bridge';

/** A run that a command names. */
export interface NamedRun {
  readonly model_run_id: string;
  /** Epoch milliseconds. */
  readonly requested_at: number;
  /** Taken from the first command that names the run. */
  readonly priority: number;
  readonly parallelism: number | null;
}

/** The start of a study. */
export interface StartedRun extends NamedRun {
  readonly command_id: string;
  readonly correlation_id: string | null;
  readonly traceparent: string | null;
  readonly spectral_norm: boolean | null;
  readonly payload: string | null;
  readonly timeout_ms: number | null;
  /** JSON text. */
  readonly study: string;
  /** The number of trials. */
  readonly trials: number;
}

/** A trial to be queued. */
export interface NewTrial {
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly command_id: string;
  /** Epoch milliseconds. */
  readonly requested_at: number;
  readonly priority: number;
  readonly hyperparams: string | null;
  readonly spectral_norm: boolean | null;
  readonly payload: string | null;
  readonly timeout_ms: number | null;
  readonly correlation_id: string | null;
  readonly traceparent: string | null;
}

/** A request to cancel a trial, or a whole run (`trial_id` null). */
export interface Cancellation {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  /** Epoch milliseconds. It applies to trials that were requested up to then, whenever their commands arrive. */
  readonly requested_at: number;
}

/** Epoch milliseconds as a time of Postgres. */
const time = (name: string): string => `to_timestamp(${name}::float8 / 1000)`;

const PREPARE = `insert into bridge_queue default values on conflict do nothing`;

/** Notes the time from which commands are queued, unless it is there: tables that were emptied start again. */
export const prepareQueue = (client: ClientBase | pg.Pool): Promise<unknown> => client.query(PREPARE);

/**
 * Adds a run, or writes a new version of its row with the same content: with a mere lock, a deletion that waits for the
 * lock would continue afterwards, and a row that is locked only after it was found could have been deleted.
 */
const LOCK_RUNS = `
  insert into bridge_runs (model_run_id, requested_at, priority, parallelism)
  select model_run_id, ${time('requested_at')}, priority, parallelism
  from unnest($1::text[], $2::float8[], $3::int[], $4::int[]) as g (model_run_id, requested_at, priority, parallelism)
  order by model_run_id collate "C"
  on conflict (model_run_id) do update set running = bridge_runs.running
  returning model_run_id, cancelled_at is not null or has_cancellations as cancels`;

/**
 * Adds the runs that do not exist, and locks all of them until the end of the transaction. A cancellation and the trials
 * that it applies to come from different partitions; each of their transactions holds the run, so one sees the other.
 *
 * @returns the runs with requests to cancel.
 */
export async function lockRuns(client: ClientBase, runs: readonly NamedRun[]): Promise<readonly string[]> {
  await prepareQueue(client);
  const { rows } = await client.query<{ model_run_id: string; cancels: boolean }>(LOCK_RUNS, [
    textArray(runs.map((run) => run.model_run_id)),
    runs.map((run) => run.requested_at),
    runs.map((run) => run.priority),
    runs.map((run) => run.parallelism),
  ]);
  return rows.filter(({ cancels }) => cancels).map(({ model_run_id }) => model_run_id);
}

/** Too old to be run without an operator: older than the queue itself, or than `BRIDGE_MAX_COMMAND_AGE_MS`. */
const isOld = (requestedAt: string, maxAgeMs: string): string =>
  `(${requestedAt} < now() - ${maxAgeMs}::float8 * interval '1 ms' or ${requestedAt} < (select created_at from bridge_queue))`;

/** The terminal states of the rows of runs and trials. */
export const TERMINAL = `('completed', 'failed', 'cancelled', 'skipped')`;

const START_RUN = `
  with history as (
    select exists (select from model_runs where model_run_id = $1 and status in ${TERMINAL}) as ended,
           (select count(*) from cerebros_model_trials where model_run_id = $1 and trial_id = any($14::text[])) >= $10::int
             as expanded
  )
  update bridge_runs set
    requested_at = ${time('$2')}, priority = $3, parallelism = coalesce($4, parallelism), command_id = $5::uuid,
    correlation_id = $6, traceparent = $7, spectral_norm = $8, study = $9, trials = $10, payload = $11, timeout_ms = $12,
    expanded = case when history.ended or history.expanded then $10::int else 0 end,
    announced = case when history.ended or history.expanded then $10::int else 0 end,
    start_published = history.ended,
    ended_at = case when history.ended then now() end,
    held_at = case when history.ended then held_at when ${isOld(time('$2'), '$13')} then coalesce(held_at, now()) else held_at end,
    active = true
  from history
  where model_run_id = $1 and command_id is null`;

/**
 * Makes a study of a locked run. Returns false for a run that was started before: it is left as it is.
 *
 * @param trialIds the trials of the study: the run may also have trials that others have started.
 */
export async function startRun(
  client: ClientBase,
  run: StartedRun,
  trialIds: readonly string[],
  maxAgeMs: number,
): Promise<boolean> {
  const { rowCount } = await client.query(START_RUN, [
    run.model_run_id,
    run.requested_at,
    run.priority,
    run.parallelism,
    run.command_id,
    run.correlation_id,
    run.traceparent,
    run.spectral_norm,
    run.study,
    run.trials,
    run.payload,
    run.timeout_ms,
    maxAgeMs,
    textArray(trialIds),
  ]);
  return rowCount === 1;
}

const INSERT_TRIALS = `
  with added as (
    insert into bridge_trials (model_run_id, trial_id, command_id, requested_at, priority, hyperparams, spectral_norm,
      payload, timeout_ms, correlation_id, traceparent, epoch, state, outcome, ended_at)
    select g.model_run_id, g.trial_id, g.command_id::uuid, ${time('g.requested_at')}, g.priority, g.hyperparams, g.spectral_norm,
      g.payload, g.timeout_ms, g.correlation_id, g.traceparent, coalesce(t.attempt, 0),
      case when t.status in ${TERMINAL} then 'ended'
           when r.released_at is null and (r.held_at is not null or ${isOld(time('g.requested_at'), '$12')}) then 'held'
           else 'queued' end,
      case when t.status in ${TERMINAL} then t.status end,
      case when t.status in ${TERMINAL} then now() end
    from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::int[], $6::text[], $7::boolean[], $8::text[],
        $9::float8[], $10::text[], $11::text[])
      as g (model_run_id, trial_id, command_id, requested_at, priority, hyperparams, spectral_norm, payload, timeout_ms,
        correlation_id, traceparent)
    join bridge_runs r using (model_run_id)
    left join cerebros_model_trials t
      on t.model_run_id = g.model_run_id and t.trial_id = g.trial_id
    order by g.model_run_id collate "C", g.trial_id collate "C"
    on conflict do nothing
    returning model_run_id, state
  ), woken as (
    update bridge_runs r set active = true
    from (select distinct model_run_id from added where state <> 'ended') a where r.model_run_id = a.model_run_id
  )
  select state, count(*)::int as count from added group by state`;

/** The number of trials that were added, by their state. Trials that were commanded before are not among them. */
export type AddedTrials = Readonly<Partial<Record<'queued' | 'held' | 'ended', number>>>;

/**
 * Queues trials of locked runs. A trial that has ended according to its row goes in as ended, so that commands that are
 * read again run nothing; one that is too old, or of a held run, is held. Its epochs continue from the attempt in its
 * row: the events of lower ones would change nothing there.
 */
export async function insertTrials(
  client: ClientBase,
  trials: readonly NewTrial[],
  maxAgeMs: number,
): Promise<AddedTrials> {
  if (trials.length === 0) return {};
  const { rows } = await client.query<{ state: keyof AddedTrials; count: number }>(INSERT_TRIALS, [
    textArray(trials.map((trial) => trial.model_run_id)),
    textArray(trials.map((trial) => trial.trial_id)),
    textArray(trials.map((trial) => trial.command_id)),
    trials.map((trial) => trial.requested_at),
    trials.map((trial) => trial.priority),
    textArray(trials.map((trial) => trial.hyperparams)),
    trials.map((trial) => trial.spectral_norm),
    textArray(trials.map((trial) => trial.payload)),
    trials.map((trial) => trial.timeout_ms),
    textArray(trials.map((trial) => trial.correlation_id)),
    textArray(trials.map((trial) => trial.traceparent)),
    maxAgeMs,
  ]);
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const CANCEL_RUNS = `
  update bridge_runs r set cancelled_at = greatest(r.cancelled_at, g.cancelled_at), has_cancellations = true, active = true
  from (select model_run_id, max(${time('requested_at')}) filter (where is_run) as cancelled_at
        from unnest($1::text[], $2::boolean[], $3::float8[]) as g (model_run_id, is_run, requested_at)
        group by model_run_id) g
  where r.model_run_id = g.model_run_id`;

const CANCEL_TRIALS = `
  insert into bridge_cancellations as held (model_run_id, trial_id, cancelled_at)
  select model_run_id, trial_id, max(${time('requested_at')})
  from unnest($1::text[], $2::text[], $3::float8[]) as g (model_run_id, trial_id, requested_at)
  group by model_run_id, trial_id
  order by model_run_id collate "C", trial_id collate "C"
  on conflict (model_run_id, trial_id) do update set cancelled_at = greatest(held.cancelled_at, excluded.cancelled_at)`;

/** Stores requests to cancel, for trials that are there and for those still to arrive; their runs are locked. */
export async function addCancellations(client: ClientBase, cancellations: readonly Cancellation[]): Promise<void> {
  if (cancellations.length === 0) return;
  await client.query(CANCEL_RUNS, [
    textArray(cancellations.map(({ model_run_id }) => model_run_id)),
    cancellations.map(({ trial_id }) => trial_id === null),
    cancellations.map(({ requested_at }) => requested_at),
  ]);
  const trials = cancellations.filter(({ trial_id }) => trial_id !== null);
  if (trials.length === 0) return;
  await client.query(CANCEL_TRIALS, [
    textArray(trials.map((trial) => trial.model_run_id)),
    textArray(trials.map((trial) => trial.trial_id)),
    trials.map((trial) => trial.requested_at),
  ]);
}

/** Wakes the bridges when the transaction commits. */
export const notifyBridges = (client: ClientBase): Promise<unknown> =>
  client.query('select pg_notify($1, $2)', [BRIDGE_CHANNEL, '']);
