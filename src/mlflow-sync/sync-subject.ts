import { hasAwaited } from '../sinks/mlflow/backfill.ts';
import type { MergedRow } from '../sinks/mlflow/merged-row.ts';
import { type Mirror, pageOf } from '../sinks/mlflow/mirror.ts';
import type { Linked, RunLinks } from '../sinks/mlflow/run-links.ts';
import { runWriter } from '../sinks/mlflow/run-writer.ts';
import type { Subject } from '../sinks/mlflow/subject.ts';
import { writeRow } from '../sinks/mlflow/write-row.ts';
import { finishBackfill, markGone, markRestored, supersedeRuns } from '../store/tables/mlflow-link-states.ts';
import { findLinks, type MlflowLink } from '../store/tables/mlflow-links.ts';
import { compareRow } from './compare-row.ts';
import type { Difference, Found } from './difference.ts';
import type { RunsInMlflow } from './runs-in-mlflow.ts';
import { syncPoints } from './sync-points.ts';

export interface SyncParts {
  readonly mirror: Mirror;
  readonly links: RunLinks;
  readonly runs: RunsInMlflow;
  /** Writes nothing. */
  readonly dryRun: boolean;
}

export interface SyncResult {
  /** `deleted`: a person deleted the run, and it stays deleted. */
  readonly state: 'compared' | 'deleted';
  readonly differences: readonly Difference[];
}

/** Compares one subject with its run, and writes to the run what it lacks unless it is a dry run. */
export async function syncSubject(parts: SyncParts, subject: Subject, row: MergedRow): Promise<SyncResult> {
  const { mirror, runs, dryRun } = parts;
  const { pool } = mirror;
  let link = (await findLinks(pool, [subject.key], mirror.callTimeoutMs)).get(subject.key);
  const run = link?.run_id == null ? undefined : await runs.find(link.run_id);
  if (run?.lifecycleStage === 'deleted') return { state: 'deleted', differences: [] };

  const found: Found[] = [];
  const add = (what: string, postgres: string, mlflow: string): void => {
    found.push({ what, postgres, mlflow, canRepair: true });
  };
  if (run === undefined) add('run', 'has events', '(absent)');
  else if (link?.state === 'deleted') add('run', 'marked as deleted', 'restored');
  const others = runs.ofKey(subject.key).filter((runId) => run !== undefined && runId !== run.runId);
  if (others.length > 0) add('run', run?.runId ?? '', `${others.length} more: ${others.join(', ')}`);

  if (!dryRun) link = await mendLink(parts, subject, row, link, run === undefined, others);
  if (link?.run_id != null && link.experiment_id !== null) {
    const linked: Linked = { ...link, run_id: link.run_id, experiment_id: link.experiment_id };
    // A run that was just created or that lost its versions is compared as it is now.
    const current = run ?? (await runs.find(linked.run_id));
    if (current !== undefined) found.push(...(await syncRun(parts, subject, row, linked, current, run !== undefined)));
  }
  const { model_run_id: modelRunId, trial_id: trialId } = subject;
  const runId = run?.runId;
  return { state: 'compared', differences: found.map((one) => ({ ...one, modelRunId, trialId, runId })) };
}

/** Makes the link lead to the one active run of the subject. */
async function mendLink(
  { mirror, links }: SyncParts,
  subject: Subject,
  row: MergedRow,
  link: MlflowLink | undefined,
  isGone: boolean,
  others: readonly string[],
): Promise<MlflowLink | undefined> {
  const { pool } = mirror;
  if (link?.run_id != null) {
    if (isGone) await markGone(pool, subject.key, link.run_id);
    else if (link.state === 'deleted') await markRestored(pool, subject.key, link.run_id);
    const unknown = others.filter((runId) => !link.superseded.includes(runId));
    if (unknown.length > 0) await supersedeRuns(pool, subject.key, unknown);
  }
  const now = (await findLinks(pool, [subject.key], mirror.callTimeoutMs)).get(subject.key);
  return links.ready({ subject, row, firstAtMs: row.startedAtMs ?? Date.now() }, now);
}

/** Compares a run with its subject. Differences of a run that was just created are not reported: it lacks everything. */
async function syncRun(
  { mirror, dryRun }: SyncParts,
  subject: Subject,
  row: MergedRow,
  link: Linked,
  run: Parameters<typeof syncPoints>[2],
  isReported: boolean,
): Promise<readonly Found[]> {
  const { origin, versions, run_id, key } = link;
  const write = dryRun ? undefined : runWriter(mirror, subject, run_id);
  const points = origin === 'client' ? [] : await syncPoints(mirror, subject, run, write);
  const fields = compareRow(subject, row, { origin, run, versions, url: pageOf(mirror, subject) });
  if (write !== undefined) {
    if (fields.length > 0) await writeRow(mirror, subject, row, link, { again: true });
    // Otherwise the backfill stays due, and the mirror later sends what Postgres has received by then.
    if (link.backfill && (await hasAwaited(mirror, subject, row, link.awaited))) {
      await finishBackfill(mirror.pool, key, run_id);
    }
  }
  return isReported ? [...points, ...fields] : [];
}
