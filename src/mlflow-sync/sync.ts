import type { Connections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { AnswerTooLarge } from '../mlflow/http-exchange.ts';
import { MlflowUnavailable } from '../mlflow/mlflow-unavailable.ts';
import { createPatience, type Patience } from '../mlflow-import/patience.ts';
import { CallRefused } from '../sinks/mlflow/content-of.ts';
import { createExperiments } from '../sinks/mlflow/experiments.ts';
import { type MergedRow, rowOfTable } from '../sinks/mlflow/merged-row.ts';
import type { Mirror } from '../sinks/mlflow/mirror.ts';
import { needsRun } from '../sinks/mlflow/needs-run.ts';
import { CreationUnsettled, createRunLinks } from '../sinks/mlflow/run-links.ts';
import { RunRefused } from '../sinks/mlflow/send-bisected.ts';
import { keyOf, type Subject } from '../sinks/mlflow/subject.ts';
import { pendingMigrations } from '../store/pending-migrations.ts';
import { mergedRows } from '../store/queries/merged-rows.ts';
import { countSubjects, runIds, subjectsOf } from '../store/queries/subjects.ts';
import type { TrialName } from '../store/tables/metric-keys.ts';
import { LinkChanged } from '../store/tables/mlflow-link-states.ts';
import { readRunsInMlflow } from './runs-in-mlflow.ts';
import { type SyncParts, type SyncResult, syncSubject } from './sync-subject.ts';
import { SyncTally } from './sync-tally.ts';

export interface SyncOptions {
  /** The id of the run whose trials are compared; undefined for all. */
  readonly run: string | undefined;
  /** Writes nothing. */
  readonly dryRun: boolean;
}

export interface SyncReport {
  readonly tally: SyncTally;
  /** False when the sync was stopped. */
  readonly finished: boolean;
}

export interface SyncHooks {
  readonly signal: AbortSignal;
  /** @param cause returns the failure that the sync waits for, if any. */
  showProgress(total: number, tally: SyncTally, cause: () => string | undefined): { end(): void };
}

/** Rows that are read by one statement. */
const GROUP = 200;

/** Compares the trials in Postgres with the runs in MLflow, and repairs MLflow unless it is a dry run. */
export async function sync(connections: Connections, options: SyncOptions, hooks: SyncHooks): Promise<SyncReport> {
  const { signal, showProgress } = hooks;
  const client = await connections.mlflow();
  await client.check(signal);
  const pool = await connections.postgres();
  const pending = await pendingMigrations(pool);
  if (pending.length > 0) throw new UsageError(`the tables lack ${pending.join(', ')}: run "npx thunderline migrate"`);
  const ids = await runIds(pool, options.run);
  if (options.run !== undefined && ids.length === 0) throw new UsageError(`the tables have no run ${options.run}`);
  const { config, telemetry } = connections;
  const mirror: Mirror = {
    client,
    pool,
    locks: await connections.advisoryLocks(),
    ...telemetry,
    signal,
    callTimeoutMs: config.mlflow.timeoutMs,
    publicUrl: config.mirror.publicUrl.toString().replace(/\/+$/, ''),
    progressed: () => undefined,
    proceed: () => signal.throwIfAborted(),
  };
  const patience = createPatience(signal);
  const tally = new SyncTally();
  const progress = showProgress(await countSubjects(pool, options.run), tally, () => patience.cause);
  try {
    for (const run of ids) await syncRuns(mirror, run, options.dryRun, patience, tally);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.end();
  }
  return { tally, finished: !signal.aborted };
}

async function syncRuns(
  mirror: Mirror,
  modelRunId: string,
  dryRun: boolean,
  patience: Patience,
  tally: SyncTally,
): Promise<void> {
  const links = createRunLinks(mirror, createExperiments(mirror));
  const runs = await patience.until(() => readRunsInMlflow(mirror, modelRunId));
  const subjects = await patience.until(() => subjectsOf(mirror.pool, modelRunId));
  for (let from = 0; from < subjects.length; from += GROUP) {
    await syncGroup({ mirror, links, runs, dryRun }, subjects.slice(from, from + GROUP), patience, tally);
  }
}

async function syncGroup(
  parts: SyncParts,
  names: readonly TrialName[],
  patience: Patience,
  tally: SyncTally,
): Promise<void> {
  const { mirror } = parts;
  for (const stored of await patience.until(() => mergedRows(mirror.pool, names))) {
    const { model_run_id, trial_id } = stored;
    const subject = { model_run_id, trial_id, key: keyOf(model_run_id, trial_id) };
    const row = rowOfTable(stored);
    const hasPoints = trial_id === null && (await patience.until(() => hasOwnPoints(mirror, model_run_id)));
    if (!needsRun({ subject, row, metrics: hasPoints ? [stored] : [], link: undefined })) {
      tally.leftOut += 1;
      continue;
    }
    const { state, differences } = await patience.until(() => syncOne(parts, subject, row));
    if (state === 'deleted') tally.leftOut += 1;
    else tally.compared += 1;
    tally.add(differences);
  }
}

const REFUSED = [RunRefused, CallRefused, AnswerTooLarge] as const;

/** A subject that MLflow refuses is reported and does not end the sync; one that the mirror works on is tried again. */
async function syncOne(parts: SyncParts, subject: Subject, row: MergedRow): Promise<SyncResult> {
  try {
    return await syncSubject(parts, subject, row);
  } catch (error) {
    if (error instanceof LinkChanged || error instanceof CreationUnsettled) {
      throw new MlflowUnavailable('busy', error.message, { cause: error });
    }
    if (!REFUSED.some((kind) => error instanceof kind)) throw error;
    const { model_run_id: modelRunId, trial_id: trialId } = subject;
    const refused = { what: 'refused', postgres: '', mlflow: (error as Error).message, canRepair: false };
    return { state: 'compared', differences: [{ ...refused, modelRunId, trialId, runId: undefined }] };
  }
}

async function hasOwnPoints({ pool }: Mirror, modelRunId: string): Promise<boolean> {
  const text = 'select from metric_trials where model_run_id = $1 and trial_id is null';
  const { rowCount } = await pool.query({ name: 'run-has-points', text, values: [modelRunId] });
  return rowCount !== 0;
}
