import { BATCH_LIMITS } from '../../mlflow/entities.ts';
import { AnswerTooLarge } from '../../mlflow/http-exchange.ts';
import type { FetchedRecord } from '../../record.ts';
import type { Rejected } from '../../runtime/stage.ts';
import { LinkChanged } from '../../store/tables/mlflow-link-states.ts';
import { findLinks, type MlflowLink } from '../../store/tables/mlflow-links.ts';
import { backfill } from './backfill.ts';
import { CallRefused } from './content-of.ts';
import type { Point } from './final-metrics.ts';
import type { ForbiddenSubjects } from './forbidden-subjects.ts';
import type { MergedRow } from './merged-row.ts';
import { callsOf, metricChunks, metricsOf } from './metric-chunks.ts';
import type { Mirror } from './mirror.ts';
import type { MetricRecord } from './plan-batch.ts';
import { pointTags, type SentTags } from './point-tags.ts';
import { pointsOfEvent } from './points-of-event.ts';
import type { RefusalCauses } from './refusal-causes.ts';
import type { Linked, RunLinks } from './run-links.ts';
import { isEnd } from './run-status.ts';
import { type RunWriter, runWriter } from './run-writer.ts';
import { type RefusedItem, RunRefused } from './send-bisected.ts';
import type { Subject } from './subject.ts';
import { writeRow } from './write-row.ts';

/** The work of one batch on one subject. */
export interface SubjectJob {
  readonly subject: Subject;
  readonly row: MergedRow;
  readonly firstAtMs: number;
  /** All records of the batch about the subject. */
  readonly sources: readonly FetchedRecord[];
  /** Records whose points MLflow may not have yet, in their order. */
  readonly metrics: readonly MetricRecord[];
  readonly link: MlflowLink | undefined;
}

/** The state of a job, also after it failed. */
export interface JobProgress {
  /** The run that the points were written to. */
  run: Linked | undefined;
  /** Records whose points MLflow has acknowledged, from the first one on. */
  acknowledged: number;
  readonly rejected: Rejected[];
  /** Everything is written, except for the rejected records. */
  isComplete: boolean;
}

export const newProgress = (): JobProgress => ({ run: undefined, acknowledged: 0, rejected: [], isComplete: false });

export interface MirrorParts {
  readonly mirror: Mirror;
  readonly causes: RefusalCauses;
  readonly forbidden: ForbiddenSubjects;
  readonly links: RunLinks;
  readonly sentTags: SentTags;
}

/** How often a job starts over because its run or experiment was deleted meanwhile. */
const ATTEMPTS = 3;

/**
 * Writes one subject to MLflow: its run is created or found, then its points, params, tags and status are written. A run that
 * a person deleted stays deleted, and nothing is written to it; one that does not exist any more is created again. A subject
 * that MLflow forbids to this user is left out.
 */
export async function mirrorSubject(parts: MirrorParts, job: SubjectJob, progress: JobProgress): Promise<void> {
  const { mirror, links, forbidden } = parts;
  const { subject, sources } = job;
  const leaveOut = (): void => mirror.metrics.mlflowRecords.inc({ result: 'forbidden' }, sources.length);
  if (forbidden.has(job)) return leaveOut();
  let { link } = job;
  for (let attempt = 1; ; attempt += 1) {
    let linked: Linked | undefined;
    try {
      mirror.proceed();
      linked = await links.ready(job, link);
      return await writeTo(parts, job, linked, progress);
    } catch (error) {
      if (error instanceof CallRefused) {
        const { message } = error;
        progress.rejected.push(...sources.map((record) => ({ record, code: 'rejected_by_mlflow', message }) as const));
        return;
      }
      const scope = await forbiddenScope(parts, subject, linked, error);
      if (scope !== undefined) {
        await forbidden.add(subject, scope, (error as Error).message);
        progress.run = undefined;
        return leaveOut();
      }
      if (!isLost(error) || attempt === ATTEMPTS) throw error;
      // Everything is sent again to whatever run the subject has now.
      progress.acknowledged = 0;
      progress.rejected.length = 0;
      link = (await findLinks(mirror.pool, [subject.key], mirror.callTimeoutMs)).get(subject.key);
    }
  }
}

const isLost = (error: unknown): boolean => error instanceof RunRefused || error instanceof LinkChanged;

/** The part of a subject that this user may not use; undefined if the error has another cause, which is kept with the link. */
async function forbiddenScope(
  { causes }: MirrorParts,
  subject: Subject,
  linked: Linked | undefined,
  error: unknown,
): Promise<'experiment' | 'run' | undefined> {
  // A run that is too large to be read, because of data that a person added, must not hold up the other subjects
  // either.
  if (error instanceof AnswerTooLarge) return 'run';
  if (!(error instanceof RunRefused)) return undefined;
  if (linked === undefined) return error.kind === 'forbidden' ? 'experiment' : undefined;
  return (await causes.explain(subject, linked, error)) === 'forbidden' ? 'run' : undefined;
}

async function writeTo(parts: MirrorParts, job: SubjectJob, link: Linked, progress: JobProgress): Promise<void> {
  const { mirror, causes } = parts;
  if (link.state === 'deleted') {
    await causes.requireDeleted(job.subject, link, isEnd(job.row.stated.outcome?.version));
    mirror.metrics.mlflowRecords.inc({ result: 'deleted' }, job.sources.length);
    return;
  }
  progress.run = link;
  if (link.origin === 'mirror') {
    if (link.backfill_is_due) await backfill(mirror, job, link);
    await writePoints(parts, job, link, progress);
  } else {
    mirror.metrics.mlflowRecords.inc({ result: 'client' }, job.metrics.length);
  }
  await writeRow(mirror, job.subject, job.row, link);
}

async function writePoints(
  { mirror, sentTags }: MirrorParts,
  { subject, metrics }: SubjectJob,
  { run_id }: Linked,
  progress: JobProgress,
): Promise<void> {
  const write = runWriter(mirror, subject, run_id);
  const tags = sentTags.missing(run_id, pointTags(pointsOf(metrics)));
  // Before the points: once their offsets are kept, the points are not seen again.
  await write.tags(tags);
  sentTags.sent(run_id, tags);
  for (const chunk of metricChunks(metrics, ({ event }) => pointsOfEvent(event))) {
    mirror.proceed();
    for (const { item, message } of await writeChunk(write, chunk)) {
      progress.rejected.push({ record: item.source, code: 'rejected_by_mlflow', message });
    }
    progress.acknowledged += chunk.length;
  }
  mirror.metrics.mlflowRecords.inc({ result: 'written' }, metrics.length - progress.rejected.length);
}

/** Writes the points of some records, and returns the records that MLflow refuses. */
async function writeChunk(
  write: RunWriter,
  chunk: readonly MetricRecord[],
): Promise<readonly RefusedItem<MetricRecord>[]> {
  const metrics = metricsOf(pointsOf(chunk));
  if (metrics.length <= BATCH_LIMITS.metrics) return write.metrics(chunk, (records) => metricsOf(pointsOf(records)));
  // One record with more points than a call takes.
  for (const call of callsOf(metrics)) {
    const [refused] = await write.metrics(call, (items) => items);
    if (refused !== undefined) return chunk.map((item) => ({ item, message: refused.message }));
  }
  return [];
}

const pointsOf = (records: readonly MetricRecord[]): readonly Point[] =>
  records.flatMap(({ event }) => pointsOfEvent(event));
