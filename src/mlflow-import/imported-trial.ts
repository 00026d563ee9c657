import { hash } from 'node:crypto';
import { EVENT_LIMITS, Faults } from '../events/fault.ts';
import { canonicalJson } from '../events/ids.ts';
import { type JsonObject, readId } from '../events/values.ts';
import type { StoredExperiment, StoredRun } from '../mlflow/stored-entities.ts';
import { NOTE_TAG } from '../sinks/mlflow/run-tags.ts';
import { paramValue } from './param-value.ts';

/** `source` of every imported event. */
export const SOURCE = 'mlflow-import';

/** The trial that an MLflow run becomes. The same run always becomes the same trial. */
export interface ImportedTrial {
  readonly modelRunId: string;
  /** The id of the MLflow run, which no trial of another origin has. */
  readonly trialId: string;
  readonly hyperparams: JsonObject | undefined;
  /** Undefined if the run does not state it. */
  readonly spectralNorm: boolean | undefined;
  /** The facts about the run that have no field of their own. */
  readonly facts: JsonObject;
  /** Changes if the run gets another status, end, param or latest point. */
  readonly fingerprint: string;
  /** The latest time that the run states, epoch milliseconds. */
  readonly lastActivityMs: number;
}

/** Tags that the mirror writes to the runs of imported trials, with the field that has their content. */
const MIRRORED_TAG = /^thunderline\./;
const CONSTRAINTS: ReadonlySet<string> = new Set(['none', 'spectral_norm']);

const isRunName = (name: string): boolean => readId(name, 'name', new Faults(1), EVENT_LIMITS) !== undefined;

/** The `model_run_id` of the trials of an experiment: its name, if that can be one. */
export const modelRunIdOf = ({ name, experimentId }: StoredExperiment): string =>
  isRunName(name) ? name : `mlflow-experiment-${experimentId}`;

export function importedTrial(experiment: StoredExperiment, run: StoredRun): ImportedTrial {
  const modelRunId = modelRunIdOf(experiment);
  const trialId = run.runId;
  return {
    modelRunId,
    trialId,
    hyperparams: run.params.size === 0 ? undefined : objectOf(run.params, paramValue),
    spectralNorm: spectralNormOf(run),
    facts: {
      experiment_id: experiment.experimentId,
      experiment_name: experiment.name,
      run_name: run.name,
      ...(run.userId !== '' && { user: run.userId }),
      tags: objectOf(ownTags(run, { modelRunId, trialId }), (value) => value),
    },
    fingerprint: fingerprintOf(run),
    lastActivityMs: lastActivity(run),
  };
}

/**
 * The tags of a run except those that repeat a field, and except those that the mirror adds to an imported run: they would
 * make a second import differ from the first.
 */
function ownTags(
  run: StoredRun,
  { modelRunId, trialId }: { modelRunId: string; trialId: string },
): ReadonlyMap<string, string> {
  const repeated: Readonly<Record<string, (value: string) => boolean>> = {
    'mlflow.runName': (value) => value === run.name,
    trial_id: (value) => value === trialId,
    model_run_id: (value) => value === modelRunId,
    constraint_method: (value) => CONSTRAINTS.has(value),
    artifact_uri: (value) => value.startsWith(run.artifactUri),
    [NOTE_TAG]: (value) => value.startsWith('Mirrored by Thunderline '),
  };
  const isOwn = ([name, value]: readonly [string, string]): boolean =>
    !MIRRORED_TAG.test(name) && !(Object.hasOwn(repeated, name) && repeated[name]?.(value));
  return new Map([...run.tags].filter(isOwn).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A run states it by a param or, as the tag that the mirror writes too, by `constraint_method`. The value `none` of the
 * tag proves nothing, because the mirror also writes it for trials that state no value.
 */
function spectralNormOf({ params, tags }: StoredRun): boolean | undefined {
  const stated = params.get('spectral_norm')?.toLowerCase();
  if (stated === 'true' || stated === '1') return true;
  if (stated === 'false' || stated === '0') return false;
  return tags.get('constraint_method') === 'spectral_norm' ? true : undefined;
}

/** Built from entries, so that a key `__proto__` is a key like any other. */
const objectOf = <T>(pairs: ReadonlyMap<string, string>, map: (value: string) => T): JsonObject =>
  Object.fromEntries([...pairs].map(([name, value]) => [name, map(value)]));

function lastActivity({ startTimeMs = 0, endTimeMs = 0, latest }: StoredRun): number {
  let last = Math.max(startTimeMs, endTimeMs);
  for (const { timestampMs } of latest.values()) last = Math.max(last, timestampMs);
  return last;
}

function fingerprintOf({ status, endTimeMs, params, latest }: StoredRun): string {
  const sorted = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', canonicalJson([status, endTimeMs ?? 0, sorted(params), sorted(latest)]), 'hex').slice(0, 32);
}
