import { normaliseId } from '../../events/ids.ts';
import { GROUPS, type Group } from '../../events/merge.ts';
import { hasPoint } from '../../store/queries/has-point.ts';
import { pointsOfTrial } from '../../store/queries/points-of-trial.ts';
import { finishBackfill, postponeBackfill } from '../../store/tables/mlflow-link-states.ts';
import type { Awaited } from '../../store/tables/mlflow-links.ts';
import type { MergedRow } from './merged-row.ts';
import type { Mirror } from './mirror.ts';
import type { MetricRecord } from './plan-batch.ts';
import type { Linked } from './run-links.ts';
import { runWriter } from './run-writer.ts';
import { describeSubject, type Subject } from './subject.ts';
import { writeLoosePoints } from './write-loose-points.ts';

const PAGE = 1_000;
/** An incomplete backfill is repeated after this time; sent again, a point costs MLflow more and changes nothing. */
const AGAIN_MS = 30_000;

/** A subject, its row, and the records of the batch whose points MLflow may not have yet. */
interface Backfilled {
  readonly subject: Subject;
  readonly row: MergedRow;
  readonly metrics: readonly MetricRecord[];
}

/**
 * Sends the points that Postgres has to a run that lacks them. The sink `postgres` may be behind the mirror, so the backfill is
 * complete only once Postgres has what MLflow had before; until then it is repeated.
 */
export async function backfill(mirror: Mirror, { subject, row, metrics }: Backfilled, link: Linked): Promise<void> {
  const { pool, log } = mirror;
  const [first] = metrics;
  // A partition is in order: if Postgres has the first record of the batch, it has the records before it too.
  const point = link.awaited.point ?? (first && normaliseId(first.event.event_id));
  const awaited = { ...link.awaited, ...(point !== undefined && { point }) };
  // Before the points are read, so that they are all that was awaited.
  const isComplete = await hasAwaited(mirror, subject, row, awaited);
  const write = runWriter(mirror, subject, link.run_id);
  for await (const points of pointsOfTrial(pool, subject, PAGE)) {
    mirror.proceed();
    await writeLoosePoints(write, points);
  }
  if (!isComplete && !link.backfill_is_old) return postponeBackfill(pool, link, awaited, AGAIN_MS);
  if (!isComplete) {
    log.warn(
      { ...subject, runId: link.run_id },
      `Postgres lacks points that the MLflow run of ${describeSubject(subject)} had: run "npx thunderline mlflow sync" once it has them`,
    );
  }
  await finishBackfill(pool, link.key, link.run_id);
}

/** Whether Postgres has what a backfill waits for. */
export async function hasAwaited(
  { pool }: Pick<Mirror, 'pool'>,
  subject: Subject,
  { stated }: MergedRow,
  { point, versions = {} }: Awaited,
): Promise<boolean> {
  const isOlder = ([group, version]: [string, string]): boolean =>
    group in GROUPS && (stated[group as Group]?.version ?? '') < version;
  if (Object.entries(versions).some(isOlder)) return false;
  return point == null || hasPoint(pool, subject, point);
}
