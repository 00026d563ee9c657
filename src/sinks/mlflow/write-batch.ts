import { normaliseId } from '../../events/ids.ts';
import type { DecodedRecord, Delivery, Rejected } from '../../runtime/stage.ts';
import { containsOffset } from '../../store/offset-ranges.ts';
import { mergedRows } from '../../store/queries/merged-rows.ts';
import { findLinks, type MlflowLink } from '../../store/tables/mlflow-links.ts';
import { saveWritten, type WrittenPoints } from '../../store/tables/mlflow-progress.ts';
import { type Deliveries, extended, partitionOfDelivery } from './deliveries.ts';
import { mergeRows, rowOfRecords, rowOfTable } from './merged-row.ts';
import { type JobProgress, type MirrorParts, mirrorSubject, newProgress, type SubjectJob } from './mirror-subject.ts';
import { needsRun } from './needs-run.ts';
import { planBatch, type SubjectBatch } from './plan-batch.ts';
import { keyOf } from './subject.ts';

/** Subjects of one batch that are written at the same time; the budget of calls limits those of all batches. */
const AT_ONCE = 4;

interface Started {
  readonly job: SubjectJob;
  readonly progress: JobProgress;
}

/**
 * Writes a batch. The runs with the most points are written first, each by one call at a time. When it fails, what MLflow has
 * acknowledged is kept, so that the next attempt sends only the rest.
 */
export async function writeBatch(
  parts: MirrorParts & { readonly deliveries: Deliveries },
  records: readonly DecodedRecord[],
  delivery: Delivery | undefined,
): Promise<readonly Rejected[]> {
  const { mirror, deliveries } = parts;
  const partition = delivery && partitionOfDelivery(delivery);
  const jobs = await jobsOf(parts, planBatch(records), partition);
  const started: Started[] = [];
  let failure: { readonly error: unknown } | undefined;

  async function work(): Promise<void> {
    for (let job = jobs.shift(); job !== undefined && failure === undefined; job = jobs.shift()) {
      const progress = newProgress();
      started.push({ job, progress });
      try {
        await mirrorSubject(parts, job, progress);
      } catch (error) {
        failure ??= { error };
        return;
      }
      progress.isComplete = true;
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (partition !== undefined && delivery !== undefined) {
    const first = deliveries.firstOf(partition, delivery);
    const written = started.flatMap((each) => writtenPoints(each, partition, first, delivery) ?? []);
    await saveWritten(mirror.pool, partition, written).catch((error: unknown) => {
      failure ??= { error };
    });
  }
  if (failure !== undefined) throw failure.error;
  if (partition !== undefined && delivery !== undefined) deliveries.completed(partition, delivery);
  return started.flatMap(({ progress }) => progress.rejected);
}

/** The jobs of a batch, those with the most points first. */
async function jobsOf(
  { mirror: { pool, callTimeoutMs, metrics } }: MirrorParts,
  plans: readonly SubjectBatch[],
  partition: string | undefined,
): Promise<SubjectJob[]> {
  const subjects = plans.map(({ subject }) => subject);
  const stored = new Map(
    (await mergedRows(pool, subjects)).map((row) => [keyOf(row.model_run_id, row.trial_id), rowOfTable(row)]),
  );
  const links = await findLinks(
    pool,
    subjects.map(({ key }) => key),
    callTimeoutMs,
  );
  return plans
    .map((plan): SubjectJob => {
      const { subject, sources, firstAtMs } = plan;
      const link = links.get(subject.key);
      const own = rowOfRecords(plan.row);
      const table = stored.get(subject.key);
      const row = table === undefined ? own : mergeRows(own, table);
      const ranges = rangesOf(link, partition);
      const unwritten = plan.metrics.filter(({ source }) => !containsOffset(ranges, Number(source.offset)));
      metrics.mlflowRecords.inc({ result: 'skipped' }, plan.metrics.length - unwritten.length);
      return { subject, row, sources, firstAtMs, link, metrics: unwritten };
    })
    .filter(needsRun)
    .sort((a, b) => b.metrics.length - a.metrics.length);
}

const rangesOf = (link: MlflowLink | undefined, partition: string | undefined) =>
  (partition === undefined ? undefined : link?.written[partition]) ?? [];

/** The offsets of a job whose points MLflow has acknowledged, up to the first record that is to become a dead letter. */
function writtenPoints(
  { job, progress }: Started,
  partition: string,
  first: number,
  delivery: Delivery,
): WrittenPoints | undefined {
  const { run, rejected, acknowledged, isComplete } = progress;
  if (run === undefined || run.origin === 'client') return undefined;
  const bound = isComplete ? Number(delivery.last) : Number(job.metrics[acknowledged - 1]?.source.offset ?? -1);
  const upTo = Math.min(bound, ...rejected.map(({ record }) => Number(record.offset) - 1));
  const held = rangesOf(run, partition);
  const ranges = extended(held, first, delivery, upTo);
  const last = job.metrics[(isComplete ? job.metrics.length : acknowledged) - 1];
  const lastPoint = last && normaliseId(last.event.event_id);
  return ranges === held ? undefined : { key: run.key, run_id: run.run_id, ranges, lastPoint };
}
