import type { AnyRecord } from '../../avro/codec.ts';
import { eventOfRecord } from '../../avro/event-record.ts';
import type { RunMetric } from '../../avro/records.ts';
import { artifactOf } from '../../events/artifact.ts';
import { normaliseId } from '../../events/ids.ts';
import {
  addCommand,
  addEvent,
  addTrial,
  compareStatements,
  emptyRow,
  isStart,
  type Row,
  type Statement,
} from '../../events/merge.ts';
import { distinctPoints, type Point } from '../../events/point.ts';
import type { ArtifactRow } from '../../store/artifacts.ts';

/** Everything some records say, one entry for each row that it becomes. */
export interface Batch {
  readonly runs: readonly Row[];
  readonly trials: readonly Row[];
  readonly artifacts: readonly ArtifactRow[];
  readonly series: readonly TrialPoints[];
}

/** The points of one trial, or of one run (`trial_id` null), each of another identity. */
export interface TrialPoints {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly points: readonly Point[];
}

interface Subject {
  readonly row: Row;
  readonly artifacts: Map<string, Statement>;
  readonly points: Point[];
}

interface Run extends Subject {
  readonly trials: Map<string, Subject>;
}

const newSubject = (run: string, trial: string | null): Subject => ({
  row: emptyRow(run, trial),
  artifacts: new Map(),
  points: [],
});

/** Merges records by the merge law, in memory, before Postgres hears of any. */
export function mergeRecords(records: Iterable<AnyRecord>): Batch {
  const runs = new Map<string, Run>();

  function subjectOf({ model_run_id, trial_id }: { model_run_id: string; trial_id: string | null }): Subject {
    let run = runs.get(model_run_id);
    if (run === undefined) {
      run = { ...newSubject(model_run_id, null), trials: new Map() };
      runs.set(model_run_id, run);
    }
    if (trial_id === null) return run;
    let trial = run.trials.get(trial_id);
    if (trial === undefined) {
      trial = newSubject(model_run_id, trial_id);
      run.trials.set(trial_id, trial);
    }
    return trial;
  }

  for (const content of records) {
    if (content.name === 'TrialCommand') {
      if (isStart(content.record)) addCommand(subjectOf(content.record).row, content.record);
      continue;
    }
    const event = eventOfRecord(content);
    if (event === undefined) continue;
    const subject = subjectOf(event);
    addEvent(subject.row, event);
    if (event.event === 'ml.run.metric') addPoints(subject.points, event);
    const artifact = artifactOf(event);
    if (artifact === undefined) continue;
    const held = subject.artifacts.get(artifact.uri);
    if (held === undefined || compareStatements(held, artifact.statement) < 0) {
      subject.artifacts.set(artifact.uri, artifact.statement);
    }
  }
  return rowsOf([...runs.values()]);
}

function addPoints(points: Point[], event: RunMetric): void {
  const eventId = normaliseId(event.event_id);
  for (const [name, value] of Object.entries(event.measurements)) {
    points.push({ name, step: event.step, eventId, recordedAt: event.timestamp, value });
  }
}

function rowsOf(runs: readonly Run[]): Batch {
  const trials = runs.flatMap((run) => [...run.trials.values()]);
  for (const run of runs) for (const trial of run.trials.values()) addTrial(run.row, trial.row);
  const subjects = [...runs, ...trials];
  return {
    runs: runs.map(({ row }) => row),
    trials: trials.map(({ row }) => row),
    artifacts: subjects.flatMap(({ row: { model_run_id, trial_id }, artifacts }) =>
      [...artifacts].map(([uri, statement]) => ({ model_run_id, trial_id, uri, statement })),
    ),
    series: subjects
      .filter(({ points }) => points.length > 0)
      .map(({ row: { model_run_id, trial_id }, points }) => ({
        model_run_id,
        trial_id,
        points: distinctPoints(points),
      })),
  };
}
