import type { AnyRecord } from '../../avro/any-record.ts';
import type { RunMetric } from '../../avro/records.ts';
import { type Artifact, artifactOfEvent, mergeArtifacts, storedArtifact } from '../../events/artifact.ts';
import type { MlEvent } from '../../events/event.ts';
import { eventOfRecord } from '../../events/event-record.ts';
import { normaliseId } from '../../events/ids.ts';
import {
  addCommand,
  addEvent,
  addMetric,
  addTrial,
  attemptOf,
  emptyRow,
  isStart,
  type Row,
} from '../../events/merge.ts';
import { type MetricEvent, type Series, seriesOf } from '../../events/series.ts';

/** The merged content of some records: one entry for each row that they change. */
export interface MergedRecords {
  readonly runs: readonly Row[];
  readonly trials: readonly Row[];
  readonly artifacts: readonly Artifact[];
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
  readonly metrics: MetricEvent[];
}

interface MergingRun extends Merging {
  readonly trials: Map<string, Merging>;
}

const newMerging = (run: string, trial: string | null): Merging => ({
  row: emptyRow(run, trial),
  metrics: [],
});

/** Merges records by the merge law, in memory, so that Postgres is sent each row once. */
export function mergeRecords(records: Iterable<AnyRecord>): MergedRecords {
  const runs = new Map<string, MergingRun>();
  const artifacts = new Map<string, Artifact>();

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

  function addArtifact(artifact: Artifact | undefined): void {
    if (artifact === undefined) return;
    const key = JSON.stringify([artifact.model_run_id, artifact.trial_id, artifact.uri]);
    artifacts.set(key, mergeArtifacts(artifacts.get(key), artifact));
  }

  function addLifecycle(event: MlEvent | undefined): void {
    if (event === undefined) return;
    addEvent(mergingOf(event).row, event);
    addArtifact(artifactOfEvent(event));
  }

  for (const content of records) {
    if (content.name === 'RunMetric') addMetricTo(mergingOf(content.record), content.record);
    // An upload makes no trial: the row of a trial is made by its events.
    else if (content.name === 'ArtifactStored') addArtifact(storedArtifact(content.record));
    else if (content.name !== 'TrialCommand') addLifecycle(eventOfRecord(content));
    else if (isStart(content.record)) addCommand(mergingOf(content.record).row, content.record);
  }
  return { ...rowsOf([...runs.values()]), artifacts: [...artifacts.values()] };
}

function addMetricTo({ row, metrics }: Merging, record: RunMetric): void {
  const id = normaliseId(record.event_id);
  addMetric(row, record, id);
  const attempt = attemptOf(record);
  const isPlain = id === record.event_id && attempt === record.attempt;
  metrics.push(isPlain ? record : { ...record, event_id: id, attempt });
}

function rowsOf(runs: readonly MergingRun[]): Omit<MergedRecords, 'artifacts'> {
  const trials = runs.flatMap((run) => [...run.trials.values()]);
  for (const run of runs) for (const trial of run.trials.values()) addTrial(run.row, trial.row);
  const all = [...runs, ...trials];
  return {
    runs: runs.map(({ row }) => row),
    trials: trials.map(({ row }) => row),
    series: all
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ row: { model_run_id, trial_id }, metrics }) => ({ model_run_id, trial_id, byName: seriesOf(metrics) })),
  };
}
