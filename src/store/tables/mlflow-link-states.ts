import pg from 'pg';
import type { Awaited, Database, FoundRun, MlflowLink } from './mlflow-links.ts';

/** A trial, or a run (`trial_id` null), with its key. */
export interface Keyed {
  readonly key: string;
  readonly model_run_id: string;
  readonly trial_id: string | null;
}

/** Another process has changed a link since it was read. The work is to be done again with the new link. */
export class LinkChanged extends Error {
  override readonly name = 'LinkChanged';
}

const INTEND = `
  insert into mlflow_links (key, model_run_id, trial_id, state, origin, experiment_id, create_sent_at)
  values ($1, $2, $3, 'creating', 'mirror', $4, now())
  on conflict do nothing
  returning create_sent_at`;

const INTEND_AGAIN = `
  update mlflow_links set create_sent_at = now(), experiment_id = $3, updated_at = now()
  where key = $1 and state = 'creating' and create_sent_at is not distinct from $2
  returning create_sent_at`;

const WITHDRAW = `
  update mlflow_links set create_sent_at = null, updated_at = now()
  where key = $1 and state = 'creating' and create_sent_at = $2`;

const LINK = `
  update mlflow_links set
    state = 'linked', run_id = $2, experiment_id = $3, run_started_at = $4, versions = $5, updated_at = now()
  where key = $1 and state = 'creating'`;

/** The run of the mirror that a link replaces. It is kept in the same statement, so that a crash does not leave it active. */
const REPLACED = `case when held.origin = 'mirror' and held.run_id is not null then array[held.run_id] else '{}' end`;

const TAKE_OVER = `
  insert into mlflow_links as held
    (key, model_run_id, trial_id, state, origin, experiment_id, run_id, run_started_at, versions)
  values ($1, $2, $3, 'linked', 'client', $4, $5, $6, $7)
  on conflict (key) do update set
    state = 'linked', origin = 'client', experiment_id = excluded.experiment_id, run_id = excluded.run_id,
    run_started_at = excluded.run_started_at, create_sent_at = null, backfill = false, awaited = '{}',
    versions = excluded.versions, deferred = '{}', written = '{}',
    superseded = held.superseded || ${REPLACED}, unfinished = held.unfinished || ${REPLACED}, updated_at = now()
  where held.run_id is distinct from excluded.run_id
    and coalesce(held.versions ->> 'mlflow', '') collate "C" <= excluded.versions ->> 'mlflow' collate "C"`;

const SUPERSEDE = `
  update mlflow_links set superseded = superseded || $2::text[], unfinished = unfinished || $2::text[], updated_at = now()
  where key = $1`;

const FINISH = `
  update mlflow_links set unfinished = array_remove(unfinished, $2), updated_at = now() where key = $1`;

const MARK_DELETED = `update mlflow_links set state = 'deleted', updated_at = now() where key = $1 and run_id = $2`;

/** The records that arrived meanwhile were not written, so the run gets what Postgres has of them. */
const MARK_RESTORED = `
  update mlflow_links set
    state = 'linked', backfill = origin = 'mirror', awaited = '{}', backfill_since = now(), backfill_due = now(),
    written = '{}', updated_at = now()
  where key = $1 and run_id = $2 and state = 'deleted'`;

/** MLflow may have a run for a new link nevertheless, so a run is searched for before one is created. */
const MARK_FORBIDDEN = `
  insert into mlflow_links as held
    (key, model_run_id, trial_id, state, origin, create_sent_at, backfill, backfill_since)
  values ($1, $2, $3, 'creating', 'mirror', 'epoch', true, now())
  on conflict (key) do update set
    backfill = held.origin = 'mirror', backfill_since = now(), backfill_due = now(), written = '{}', updated_at = now()
  where held.state <> 'deleted'`;

/**
 * MLflow may have the run nevertheless, under another address or in a restored database, so the run is searched for.
 */
const MARK_GONE = `
  update mlflow_links set
    state = 'creating', run_id = null, run_started_at = null, create_sent_at = 'epoch',
    backfill = true, backfill_since = now(), backfill_due = null,
    awaited = jsonb_build_object(
      'point', coalesce(last_point::text, awaited ->> 'point'),
      'versions', coalesce(awaited -> 'versions', '{}') || versions),
    written = '{}', versions = '{}', updated_at = now()
  where key = $1 and run_id = $2`;

const FINISH_BACKFILL = `
  update mlflow_links set backfill = false, awaited = '{}', backfill_due = null, updated_at = now()
  where key = $1 and run_id = $2`;

const POSTPONE_BACKFILL = `
  update mlflow_links set awaited = $3, backfill_due = now() + $4 * interval '1 millisecond', updated_at = now()
  where key = $1 and run_id = $2 and backfill`;

/** `23505`: a row with another key has the value already. */
const isTaken = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505';

const one = async (client: Database, name: string, text: string, values: readonly unknown[]): Promise<boolean> =>
  ((await client.query({ name, text, values: [...values] })).rowCount ?? 0) > 0;

async function change(client: Database, name: string, text: string, values: readonly unknown[]): Promise<void> {
  if (!(await one(client, name, text, values)))
    throw new LinkChanged(`the link ${values[0]} was changed by another process`);
}

/**
 * States that the call to create a run is sent now, and returns the time. It must be stated right before the call leaves: later
 * writers count from it how long the call may be in progress. Throws {@link LinkChanged} if another process was faster.
 *
 * @param before the time of the last such call, as it was read: null if none was sent, undefined if there was no link.
 */
export async function intendRun(
  client: Database,
  { key, model_run_id, trial_id }: Keyed,
  experimentId: string,
  before: Date | null | undefined,
): Promise<Date> {
  const query =
    before === undefined
      ? { name: 'intend-mlflow-run', text: INTEND, values: [key, model_run_id, trial_id, experimentId] }
      : { name: 'intend-mlflow-run-again', text: INTEND_AGAIN, values: [key, before, experimentId] };
  const [stated] = (await client.query<{ create_sent_at: Date }>(query)).rows;
  if (stated !== undefined) return stated.create_sent_at;
  throw new LinkChanged(`the link ${key} was changed by another process`);
}

/**
 * States that MLflow did not receive the call to create the run. A call that another process has sent meanwhile stays stated.
 *
 * @param sentAt the time that {@link intendRun} returned for the call.
 */
export async function withdrawIntent(client: Database, key: string, sentAt: Date): Promise<void> {
  await one(client, 'withdraw-mlflow-intent', WITHDRAW, [key, sentAt]);
}

/**
 * Links a run that was created or found. Throws {@link LinkChanged} if another process linked one.
 *
 * @param versions the groups whose values the run has from the start.
 */
export async function linkRun(
  client: Database,
  { key, run_id, experiment_id, startedAtMs }: Omit<FoundRun, 'model_run_id' | 'trial_id' | 'state' | 'origin'>,
  versions: MlflowLink['versions'],
): Promise<void> {
  await change(client, 'link-mlflow-run', LINK, [key, run_id, experiment_id, new Date(startedAtMs), versions]);
}

/**
 * Links the run of a client in place of any other, unless a later statement than this one named that; false if the run is
 * linked to another trial.
 *
 * @param version of the statement that names the run, by the merge law.
 */
export async function takeOverRun(
  client: Database,
  run: Omit<FoundRun, 'state' | 'origin'>,
  version: string,
): Promise<boolean> {
  const { key, model_run_id, trial_id, experiment_id, run_id, startedAtMs } = run;
  const values = [key, model_run_id, trial_id, experiment_id, run_id, new Date(startedAtMs), { mlflow: version }];
  try {
    await one(client, 'take-over-mlflow-run', TAKE_OVER, values);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

/** Adds runs that the link replaces, and that are to be deleted. */
export async function supersedeRuns(client: Database, key: string, runs: readonly string[]): Promise<void> {
  await change(client, 'supersede-mlflow-runs', SUPERSEDE, [key, runs]);
}

/** States that MLflow has acknowledged the deletion of a superseded run. */
export async function finishSuperseded(client: Database, key: string, runId: string): Promise<void> {
  await one(client, 'finish-superseded-mlflow-run', FINISH, [key, runId]);
}

/** A person deleted the run. */
export async function markDeleted(client: Database, key: string, runId: string): Promise<void> {
  await one(client, 'mark-mlflow-run-deleted', MARK_DELETED, [key, runId]);
}

/** A person restored the run. */
export async function markRestored(client: Database, key: string, runId: string): Promise<void> {
  await one(client, 'mark-mlflow-run-restored', MARK_RESTORED, [key, runId]);
}

/** This user may not create the run or write to it: it gets what Postgres has once that changes. */
export async function markForbidden(client: Database, { key, model_run_id, trial_id }: Keyed): Promise<void> {
  await one(client, 'mark-mlflow-run-forbidden', MARK_FORBIDDEN, [key, model_run_id, trial_id]);
}

/** MLflow does not have the run any more: another one is created, and receives the points that Postgres has. */
export async function markGone(client: Database, key: string, runId: string): Promise<void> {
  await one(client, 'mark-mlflow-run-gone', MARK_GONE, [key, runId]);
}

/** The run has the points that Postgres had. */
export async function finishBackfill(client: Database, key: string, runId: string): Promise<void> {
  await one(client, 'finish-mlflow-backfill', FINISH_BACKFILL, [key, runId]);
}

/** Postgres does not have everything yet: the backfill is repeated after `ms`. */
export async function postponeBackfill(
  client: Database,
  { key, run_id }: { readonly key: string; readonly run_id: string },
  awaited: Awaited,
  ms: number,
): Promise<void> {
  await one(client, 'postpone-mlflow-backfill', POSTPONE_BACKFILL, [key, run_id, awaited, ms]);
}
