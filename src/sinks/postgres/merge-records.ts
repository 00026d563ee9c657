import type { AnyRecord } from '../../avro/any-record.ts';
import type { RunMetric } from '../../avro/records.ts';
import { artifactOf } from '../../events/artifact.ts';
import type { MlEvent } from '../../events/event.ts';
import { eventOfRecord } from '../../events/event-record.ts';
import { normaliseId } from '../../events/ids.ts';
import {
  addCommand,
  addEvent,
  addMetric,
  addTrial,
  compareStatements,
  emptyRow,
  isStart,
  type Row,
  type Statement,
} from '../../events/merge.ts';
import { type MetricEvent, type Series, seriesOf } from '../../events/series.ts';
import type { ArtifactRow } from '../../store/tables/artifacts.ts';

/** The merged content of some records: one entry for each row that they change. */
export interface MergedRecords {
  readonly runs: readonly Row[];
  readonly trials: readonly Row[];
  readonly artifacts: readonly ArtifactRow[];
  readonly series: readonly TrialSeries[];
}

/** The points of one trial, or of one run (`trial_id` null), by the names of their metrics. */
export interface TrialSeries {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly byName: ReadonlyMap<string, Series>;
}

/** The state of one run or one trial, merged so far. */
interface Merging {
  readonly row: Row;
  readonly artifacts: Map<string, Statement>;
  readonly metrics: MetricEvent[];
}

interface MergingRun extends Merging {
  readonly trials: Map<string, Merging>;
}

const newMerging = (run: string, trial: string | null): Merging => ({
  row: emptyRow(run, trial),
  artifacts: new Map(),
  metrics: [],
});

/** Merges records by the merge law, in memory, so that Postgres is sent each row once. */
export function mergeRecords(records: Iterable<AnyRecord>): MergedRecords {
  const runs = new Map<string, MergingRun>();

  function mergingOf({ model_run_id, trial_id }: { model_run_id: string; trial_id: string | null }): Merging {
    let run = runs.get(model_run_id);
    if (run === undefined) {
      run = { ...newMerging(model_run_id, null), trials: new Map() };
      runs.set(model_run_id, run);
    }
    if (trial_id === null) return run;
    let trial = run.trials.get(trial_id);
    if (trial === undefined) {
      trial = newMerging(model_run_id, trial_id);
      run.trials.set(trial_id, trial);
    }
    return trial;
  }

  for (const content of records) {
    if (content.name === 'RunMetric') addMetricTo(mergingOf(content.record), content.record);
    else if (content.name !== 'TrialCommand') addLifecycle(mergingOf, eventOfRecord(content));
    else if (isStart(content.record)) addCommand(mergingOf(content.record).row, content.record);
  }
  return rowsOf([...runs.values()]);
}

function addMetricTo({ row, metrics }: Merging, record: RunMetric): void {
  const id = normaliseId(record.event_id);
  addMetric(row, record, id);
  metrics.push(id === record.event_id ? record : { ...record, event_id: id });
}

function addLifecycle(mergingOf: (event: MlEvent) => Merging, event: MlEvent | undefined): void {
  if (event === undefined) return;
  const { row, artifacts } = mergingOf(event);
  addEvent(row, event);
  const artifact = artifactOf(event);
  if (artifact === undefined) return;
  const held = artifacts.get(artifact.uri);
  if (held === undefined || compareStatements(held, artifact.statement) < 0) {
    artifacts.set(artifact.uri, artifact.statement);
  }
}

function rowsOf(runs: readonly MergingRun[]): MergedRecords {
  const trials = runs.flatMap((run) => [...run.trials.values()]);
  for (const run of runs) for (const trial of run.trials.values()) addTrial(run.row, trial.row);
  const all = [...runs, ...trials];
  return {
    runs: runs.map(({ row }) => row),
    trials: trials.map(({ row }) => row),
    artifacts: all.flatMap(({ row: { model_run_id, trial_id }, artifacts }) =>
      [...artifacts].map(([uri, statement]) => ({ model_run_id, trial_id, uri, statement })),
    ),
    series: all
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ row: { model_run_id, trial_id }, metrics }) => ({ model_run_id, trial_id, byName: seriesOf(metrics) })),
  };
}
