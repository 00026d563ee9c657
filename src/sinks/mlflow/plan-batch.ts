import type { RunMetric } from '../../avro/records.ts';
import { eventOfRecord } from '../../events/event-record.ts';
import { normaliseId } from '../../events/ids.ts';
import { addEvent, addMetric, emptyRow, type Row } from '../../events/merge.ts';
import type { FetchedRecord } from '../../record.ts';
import type { DecodedRecord } from '../../runtime/stage.ts';
import { recordFault } from '../postgres/record-fault.ts';
import { keyOf, type Subject } from './subject.ts';

/** A record with metric points. */
export interface MetricRecord {
  readonly source: FetchedRecord;
  readonly event: RunMetric;
}

/** The records of one batch about one subject. */
export interface SubjectBatch {
  readonly subject: Subject;
  /** The merged content of the records alone. */
  readonly row: Row;
  /** All records, and those with metric points; in the order of the batch. */
  readonly sources: readonly FetchedRecord[];
  readonly metrics: readonly MetricRecord[];
  /** The earliest time of an event, epoch milliseconds. */
  readonly firstAtMs: number;
}

interface Planning {
  readonly subject: Subject;
  readonly row: Row;
  readonly sources: FetchedRecord[];
  readonly metrics: MetricRecord[];
  firstAtMs: number;
}

/**
 * Sorts the records of a batch by subject. Records that the sink `postgres` rejects are left out: it writes their dead
 * letters, and what is not in its tables is not in MLflow either.
 */
export function planBatch(records: readonly DecodedRecord[]): readonly SubjectBatch[] {
  const runs = new Map<string, Map<string | null, Planning>>();

  function planOf({ model_run_id, trial_id }: Pick<RunMetric, 'model_run_id' | 'trial_id'>): Planning {
    let trials = runs.get(model_run_id);
    if (trials === undefined) {
      trials = new Map();
      runs.set(model_run_id, trials);
    }
    let plan = trials.get(trial_id);
    if (plan === undefined) {
      const subject = { model_run_id, trial_id, key: keyOf(model_run_id, trial_id) };
      plan = { subject, row: emptyRow(model_run_id, trial_id), sources: [], metrics: [], firstAtMs: Infinity };
      trials.set(trial_id, plan);
    }
    return plan;
  }

  for (const { source, content } of records) {
    if (content.name === 'TrialCommand' || recordFault(content) !== undefined) continue;
    if (content.name === 'RunMetric') {
      const event = content.record;
      const plan = planOf(event);
      addMetric(plan.row, event, normaliseId(event.event_id));
      plan.sources.push(source);
      plan.metrics.push({ source, event });
      plan.firstAtMs = Math.min(plan.firstAtMs, event.timestamp);
      continue;
    }
    const event = eventOfRecord(content);
    if (event === undefined) continue;
    const plan = planOf(event);
    addEvent(plan.row, event);
    plan.sources.push(source);
    plan.firstAtMs = Math.min(plan.firstAtMs, event.timestamp);
  }
  return [...runs.values()].flatMap((trials) => [...trials.values()]);
}
