import { EVENT_LIMITS, type Faults } from '../../events/fault.ts';
import { readJsonObject } from '../../events/json-object.ts';
import { readMeasurements } from '../../events/measurements.ts';
import { readAmount, readRank } from '../../events/numbers.ts';
import {
  isObject,
  type JsonObject,
  type Measurements,
  present,
  type Reader,
  readId,
  readText,
} from '../../events/values.ts';
import type { TrialReported, TrialStatus } from './contract.ts';
import { boundedText, readWarnings } from './read-warnings.ts';
import type { Answered } from './workers.ts';

/** The statuses that scripts write, each with its meaning. */
const STATUSES: Readonly<Record<string, TrialStatus>> = {
  succeeded: 'succeeded',
  success: 'succeeded',
  completed: 'succeeded',
  complete: 'succeeded',
  COMPLETE: 'succeeded',
  failed: 'failed',
  failure: 'failed',
  fail: 'failed',
  error: 'failed',
  FAIL: 'failed',
  skipped: 'skipped',
  pruned: 'skipped',
  PRUNED: 'skipped',
  cancelled: 'cancelled',
  canceled: 'cancelled',
};

export const STATUS_WORDS: readonly string[] = Object.keys(STATUSES);

export const readStatus: Reader<TrialStatus> = (value, path, faults) => {
  const status = typeof value === 'string' && Object.hasOwn(STATUSES, value) ? STATUSES[value] : undefined;
  if (status !== undefined) return status;
  return faults.add('invalid_value', path, `must be one of ${STATUS_WORDS.join(', ')}`);
};

/** `fetch_boolean` of the contract: anything but the six notations of a boolean is false. */
export const readFlag = (value: unknown): boolean => value === true || value === 'true' || value === 1;

const MAX_MESSAGE = 16_384;
const MAX_TYPE = 255;

/** Reads the members of one trial of a result. Undefined, with the faults noted, if one does not fit. */
export function readTrial(
  members: JsonObject,
  path: string,
  { modelRunId, trialId }: Answered,
  faults: Faults,
): TrialReported | undefined {
  const before = faults.list.length;
  const read = <T, Absent>(name: string, reader: Reader<T>, absent: Absent): T | Absent | undefined =>
    present(members[name]) ? reader(members[name], `${path}${name}`, faults, EVENT_LIMITS) : absent;
  const text = (name: string, maxLength: number): string | null =>
    present(members[name]) ? boundedText(String(members[name]), maxLength) : null;

  const id = read('trial_id', readId, trialId);
  if (id === undefined) faults.add('missing_field', `${path}trial_id`, 'is required');
  const status = readStatus(members.status, `${path}status`, faults, EVENT_LIMITS);
  const metrics = present(members.metrics)
    ? readMeasurements(members.metrics, `${path}metrics`, faults, EVENT_LIMITS)
    : metricsAmong(members, path, faults);
  const durationMs = read('duration_ms', readAmount, secondsOf(members));
  const reported = {
    trialId: id,
    runId: modelRunId,
    status,
    spectralNorm: readFlag(
      members.spectral_norm ?? (isObject(members.config) ? members.config.spectral_norm : undefined),
    ),
    mlflowRunId: read('mlflow_run_id', readId, null),
    metrics,
    parameters: read('parameters', readJsonObject, {}),
    durationMs: typeof durationMs === 'number' ? Math.round(durationMs) : durationMs,
    rank: read('rank', readRank, null),
    artifactUri: read('artifact_uri', readText, null),
    warnings: readWarnings(members.warnings),
    errorType: text('error_type', MAX_TYPE),
    errorMessage: text('error_message', MAX_MESSAGE),
  };
  return faults.list.length > before ? undefined : (reported as TrialReported);
}

/** The names under which a script may report its metrics beside `status` instead of in `metrics`. */
const FLAT_METRICS = [
  ['accuracy', 'val_accuracy'],
  ['loss', 'val_loss'],
  ['duration_seconds', 'training_time'],
] as const;

function metricsAmong(members: JsonObject, path: string, faults: Faults): Measurements | undefined {
  const found = FLAT_METRICS.filter(([name]) => present(members[name])).map(([name, metric]) => [
    metric,
    members[name],
  ]);
  return readMeasurements(Object.fromEntries(found), path, faults, EVENT_LIMITS);
}

const secondsOf = ({ duration_seconds: seconds }: JsonObject): number | null =>
  typeof seconds === 'number' && seconds >= 0 && Number.isFinite(seconds) ? seconds * 1_000 : null;
