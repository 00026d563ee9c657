import type { ClientBase, Pool } from 'pg';
import { fixedArray, TIMESTAMPTZ, textArray, UUID } from '../binary-array.ts';
import { isDue } from '../is-due.ts';
import type { OffsetRanges } from '../offset-ranges.ts';

export type Database = ClientBase | Pool;

/** The link between a trial, or a run (`trial_id` null), and its MLflow run. */
export interface MlflowLink {
  /** The tag `thunderline.key` of the MLflow run: a UUID. */
  readonly key: string;
  readonly model_run_id: string;
  readonly trial_id: string | null;
  /** `deleted`: a person deleted the MLflow run, and it stays deleted. */
  readonly state: 'creating' | 'linked' | 'deleted';
  /** `client`: the training code logs to the MLflow run itself. */
  readonly origin: 'mirror' | 'client';
  readonly experiment_id: string | null;
  /** Null as long as the state is `creating`. */
  readonly run_id: string | null;
  /** The start time of the MLflow run, which cannot be changed. */
  readonly run_started_at: Date | null;
  /** The time of the last call to create the MLflow run; null if none was sent, so that no run can exist. */
  readonly create_sent_at: Date | null;
  /** Whether that call may still be in progress; the clock of the database decides. */
  readonly create_is_recent: boolean;
  readonly superseded: readonly string[];
  /** Those of `superseded` that are not known to be deleted. */
  readonly unfinished: readonly string[];
  /** Whether everything that Postgres has is to be sent, because the MLflow run was created again or restored, or was forbidden. */
  readonly backfill: boolean;
  /** Content that Postgres must have before the backfill is complete. */
  readonly awaited: Awaited;
  /** Whether the backfill is to be made now: an incomplete one is repeated after a while. */
  readonly backfill_is_due: boolean;
  /** Whether the backfill has been incomplete for so long that it is given up. */
  readonly backfill_is_old: boolean;
  /** Ranges of offsets whose points MLflow has acknowledged, by `topic id/partition`. */
  readonly written: Readonly<Record<string, OffsetRanges>>;
  /** The version of each group of columns that MLflow has acknowledged. */
  readonly versions: Readonly<Record<string, string>>;
  /** Groups of columns that MLflow gets when the trial ends. */
  readonly deferred: Readonly<Record<string, { readonly version: string; readonly values: readonly unknown[] }>>;
}

/** Content of the last MLflow run of a trial, which Postgres may get later than the mirror did. */
export interface Awaited {
  /** The event id of its last record with points. */
  readonly point?: string | null;
  /** The version of each group of columns. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** A run of MLflow that belongs to a trial, as it was found there. */
export interface FoundRun {
  readonly key: string;
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly state: 'linked' | 'deleted';
  readonly origin: 'mirror' | 'client';
  readonly experiment_id: string;
  readonly run_id: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
}

const COLUMNS = `
  key, model_run_id, trial_id, state, origin, experiment_id, run_id, run_started_at, create_sent_at,
  coalesce(create_sent_at > now() - make_interval(secs => $1), false) as create_is_recent,
  superseded, unfinished, written, versions, deferred, backfill, awaited,
  backfill and coalesce(${isDue('backfill_due')}, true) as backfill_is_due,
  coalesce(backfill_since < now() - interval '1 hour', false) as backfill_is_old`;

const FIND = `select ${COLUMNS} from mlflow_links where key = any($2::uuid[])`;

const OF_RUN = `
  select ${COLUMNS} from mlflow_links
  where ($2::text is null or model_run_id = $2) and key > $3
  order by key limit $4`;

/** Runs that must stay deleted when their experiment is restored. */
const DELETED = `
  select key, run_id from mlflow_links where experiment_id = $1 and state = 'deleted'
  union all
  select key, unnest(superseded) from mlflow_links where experiment_id = $1`;

const ADOPT = `
  insert into mlflow_links (key, model_run_id, trial_id, state, origin, experiment_id, run_id, run_started_at)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
  on conflict do nothing`;

/** A claim lasts for a while, so that two processes do not make the same backfill. */
const CLAIM_BACKFILLS = `
  update mlflow_links set backfill_due = now() + $3 * interval '1 millisecond'
  where key in (
    select key from mlflow_links
    where backfill and ${isDue('backfill_due')} and state = 'linked' and origin = 'mirror'
    order by backfill_due limit $2 for update skip locked)
  returning ${COLUMNS}`;

/** A call to create a run may be in progress for this long after it was sent, in seconds. */
const createTimeoutSeconds = (timeoutMs: number): number => timeoutMs / 1_000;

/** @param timeoutMs how long a call to create a run may be in progress. */
export async function findLinks(
  client: Database,
  keys: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, MlflowLink>> {
  const values = [createTimeoutSeconds(timeoutMs), fixedArray(UUID, keys)];
  const { rows } = await client.query<MlflowLink>({ name: 'find-mlflow-links', text: FIND, values });
  return new Map(rows.map((link) => [link.key, link]));
}

/** Up to `limit` links after the key `after` in the order of their keys, of one run or of all. */
export async function listLinks(
  client: Database,
  { run, after, limit }: { run: string | undefined; after: string; limit: number },
): Promise<readonly MlflowLink[]> {
  const query = { name: 'list-mlflow-links', text: OF_RUN, values: [0, run ?? null, after, limit] };
  return (await client.query<MlflowLink>(query)).rows;
}

/** Claims links whose backfill is to be repeated now, the one that waits longest first. */
export async function claimBackfills(client: Database, limit: number, claimMs: number): Promise<readonly MlflowLink[]> {
  const query = { name: 'claim-mlflow-backfills', text: CLAIM_BACKFILLS, values: [0, limit, claimMs] };
  return (await client.query<MlflowLink>(query)).rows.map((link) => ({ ...link, backfill_is_due: true }));
}

/** The runs of an experiment that must not be active: those a person deleted, and those the mirror replaced. */
export async function deletedRuns(client: Database, experimentId: string): Promise<readonly string[]> {
  const query = { name: 'deleted-mlflow-runs', text: DELETED, values: [experimentId] };
  return (await client.query<{ run_id: string }>(query)).rows.map(({ run_id }) => run_id);
}

/** Adds links for runs that were found in MLflow; trials that have a link keep it. */
export async function adoptRuns(client: Database, runs: readonly FoundRun[]): Promise<number> {
  if (runs.length === 0) return 0;
  const values = [
    fixedArray(
      UUID,
      runs.map((run) => run.key),
    ),
    textArray(runs.map((run) => run.model_run_id)),
    textArray(runs.map((run) => run.trial_id)),
    textArray(runs.map((run) => run.state)),
    textArray(runs.map((run) => run.origin)),
    textArray(runs.map((run) => run.experiment_id)),
    textArray(runs.map((run) => run.run_id)),
    fixedArray(
      TIMESTAMPTZ,
      runs.map((run) => run.startedAtMs),
    ),
  ];
  const { rowCount } = await client.query({ name: 'adopt-mlflow-runs', text: ADOPT, values });
  return rowCount ?? 0;
}
