import type { AnyRecord } from '../../avro/any-record.ts';
import type { RunMetric } from '../../avro/records.ts';
import { EVENT_LIMITS } from '../../events/fault.ts';
import { ATTEMPT_RANGE, isAttempt } from '../../events/numbers.ts';
import { faultsOfStoredArtifact } from '../../events/stored-artifact-faults.ts';
import { GREATEST_TIME_MS, LEAST_TIME_MS } from '../../events/timestamp.ts';
import { readName } from '../../events/values.ts';
import type { Rejected } from '../../runtime/stage.ts';

const IDS = ['model_run_id', 'trial_id', 'mlflow_run_id'] as const;
const TEXTS = ['artifact_uri', 'error_type', 'error_message'] as const;
const DOCUMENTS = ['hyperparams', 'parameters', 'metadata'] as const;
const ATTEMPTS = ['attempt'] as const;
const NAMES = ['metrics', 'measurements'] as const;
const TIMES = ['timestamp', 'requested_at'] as const;

/** Far more than the gateway accepts, and far less than the stack of Postgres' parser allows. */
const MAX_DEPTH = 1_000;

type Fields = Readonly<Record<string, unknown>>;

export type RecordFault = Pick<Rejected, 'code' | 'message'>;

/**
 * The reason why the tables cannot hold a record; undefined when they can. Every record that came through the gateway is
 * storable, one of another producer may not be.
 *
 * Postgres itself would reject a whole batch, and only for values that reach it: a value that loses to a later one does not,
 * so the verdict on a record would depend on the records beside it. Each record is therefore examined alone, before the merge.
 */
export function recordFault({ name, record }: AnyRecord): RecordFault | undefined {
  if (name === 'DeadLetter') {
    return { code: 'unexpected_record', message: 'a dead letter is neither an event nor a command' };
  }
  if (name === 'ArtifactStored') {
    const [fault] = faultsOfStoredArtifact(record, readName);
    return fault && { code: 'rejected_by_database', message: `${fault.path} ${fault.message}` };
  }
  const message = name === 'RunMetric' ? faultOfMetric(record) : faultOf(record as unknown as Fields);
  return message === undefined ? undefined : { code: 'rejected_by_database', message };
}

/** Nearly all records are metric points, so their fields are checked one by one, without a loop over names. */
function faultOfMetric(record: RunMetric): string | undefined {
  const { model_run_id, trial_id, attempt, mlflow_run_id, timestamp, measurements } = record;
  const isGood =
    isId(model_run_id) &&
    (trial_id === null || isId(trial_id)) &&
    (mlflow_run_id === null || isId(mlflow_run_id)) &&
    isTime(timestamp) &&
    isAttempt(attempt) &&
    areNames(measurements);
  if (isGood) return undefined;
  // The other texts of a point are not stored.
  return faultOf({ model_run_id, trial_id, attempt, mlflow_run_id, timestamp, measurements });
}

const faultOf = (fields: Fields): string | undefined =>
  first(IDS, fields, (value) => idFault(value as string)) ??
  first(TIMES, fields, (value) => timeFault(value as number)) ??
  first(ATTEMPTS, fields, (value) => attemptFault(value as number)) ??
  first(NAMES, fields, (value) => namesFault(value as object)) ??
  first(TEXTS, fields, (value) => textFault(value as string)) ??
  first(DOCUMENTS, fields, (value) => documentFault(value as string));

function first(
  names: readonly string[],
  fields: Fields,
  faultOf: (value: unknown) => string | undefined,
): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    const fault = faultOf(value);
    if (fault !== undefined) return `${name} ${fault}`;
  }
  return undefined;
}

const isId = (id: string): boolean => id.length > 0 && id.length <= EVENT_LIMITS.maxIdLength && !id.includes('\0');
const isTime = (time: number): boolean => time >= LEAST_TIME_MS && time <= GREATEST_TIME_MS;

function areNames(values: object): boolean {
  for (const name in values) if (!isId(name)) return false;
  return true;
}

const textFault = (text: string): string | undefined =>
  text.includes('\0') ? 'contains the character NUL' : undefined;

function idFault(id: string): string | undefined {
  if (isId(id)) return undefined;
  return textFault(id) ?? `has ${id.length} characters, allowed are 1 to ${EVENT_LIMITS.maxIdLength}`;
}

function namesFault(values: object): string | undefined {
  const name = Object.keys(values).find((key) => !isId(key));
  return name === undefined ? undefined : `has a name that ${idFault(name)}`;
}

const timeFault = (time: number): string | undefined =>
  isTime(time) ? undefined : `is ${time}, outside the years 1 to 9999`;

const attemptFault = (attempt: number): string | undefined =>
  isAttempt(attempt) ? undefined : `is ${attempt}, outside ${ATTEMPT_RANGE.join(' to ')}`;

/**
 * Numbers are left to Postgres, which stores up to 131,072 digits. A document that exceeds them is the only fault that is
 * found by halving the batch.
 */
function documentFault(text: string): string | undefined {
  try {
    return jsonFault(JSON.parse(text));
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
}

/** Level by level instead of by recursion: a hostile document would overflow the stack. */
function jsonFault(root: unknown): string | undefined {
  let level = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
    const next: unknown[] = [];
    for (const node of level) {
      if (typeof node === 'string' && !node.isWellFormed()) return 'contains half of a surrogate pair';
      if (typeof node === 'string' && node.includes('\0')) return 'contains the character NUL';
      if (typeof node !== 'object' || node === null) continue;
      if (!Array.isArray(node)) for (const key of Object.keys(node)) next.push(key);
      for (const item of Object.values(node)) next.push(item);
    }
    level = next;
  }
  return undefined;
}
