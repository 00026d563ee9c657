import { BUILDERS, type FieldValues } from './build.ts';
import { shiftTimestamp, skewOf } from './clock-skew.ts';
import { EVENT_NAMES, type EventName, isEventName, isTrialEvent, type MlEvent } from './event.ts';
import { EVENT_LIMITS, type EventLimits, type Fault, Faults } from './fault.ts';
import { fieldsWithKeys, PLACED_FIELDS } from './fields.ts';
import { canonicalJson, normaliseId, uuidV5 } from './ids.ts';
import { readJsonObject } from './json-object.ts';
import { withLeftovers } from './leftovers.ts';
import { readMetricValue } from './numbers.ts';
import { at, readField, united } from './read-field.ts';
import { digitsBelowMs } from './timestamp.ts';
import { isObject, type JsonObject, type Measurements, present, readBoolean, readName } from './values.ts';
import { withoutNulls } from './without-nulls.ts';

/** The prefixes that the taxonomy of event names reserves. Only the six names of {@link EVENT_NAMES} are accepted. */
export const RESERVED_PREFIXES = [
  'system.',
  'reactor.',
  'ui.',
  'audit.',
  'evt.',
  'ml.',
  'ai.',
  'flow.',
  'grid.',
] as const;

export const MAX_EVENT_ID_LENGTH = 128;

const NAMES = EVENT_NAMES.join(', ');

/** The facts about a received event that are not in its content. */
export interface Receipt {
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Epoch milliseconds by the clock of the sender, if the request has a `Thunderline-Sent-At`. */
  readonly sentAt?: number | undefined;
  /** Names an event by its canonical content; given if the request has an `Idempotency-Key`. */
  readonly nameOf?: ((content: string) => string) | undefined;
  /** Makes a fresh UUIDv7. */
  readonly freshId: () => string;
}

export type Parsed =
  | { readonly ok: true; readonly event: MlEvent }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Reads one event in either shape, the flat one or the Python one (`metadata`, `measurements`), by the table of
 * `fields.ts`. Finds all faults at once. Unknown fields are kept in `metadata`, so that nothing sent is lost.
 */
export function parseEvent(input: unknown, receipt: Receipt, limits: EventLimits = EVENT_LIMITS): Parsed {
  const faults = new Faults(limits.maxFaults);
  if (!isObject(input)) {
    faults.add('invalid_type', '', 'an event must be a JSON object');
    return { ok: false, faults: faults.list };
  }
  const event = readEventName(input, faults);
  const eventId = readEventId(input, faults);
  const metadata = present(input.metadata) ? readJsonObject(input.metadata, 'metadata', faults, limits) : undefined;
  if (event === undefined) return { ok: false, faults: faults.list };

  const values: FieldValues = {};
  let bits = fieldsWithKeys(event, input, isObject(input.metadata) ? input.metadata : undefined);
  for (const field of PLACED_FIELDS[event]) {
    if ((bits & 1) !== 0) values[field.name] = readField(field, input, faults, limits);
    bits >>= 1;
  }
  if (event === 'ml.run.metric') addFlatMetric(input, values, faults, limits);
  if (event === 'ml.run.stop') readSuccess(input, values, faults);
  checkPresence(event, input, values, faults);
  if (isObject(values.metrics)) values.metrics = withoutDuration(values.metrics as Measurements, values.duration_ms);
  values.metadata = withLeftovers(event, input, metadata, faults, limits);
  const skewMs = checkFuture(values.timestamp, receipt, faults, limits);
  if (faults.list.length > 0) return { ok: false, faults: faults.list };

  // The id is made of what was sent: sent again, the same event is shifted by other milliseconds.
  const id = eventId ?? chooseId(event, input, values, receipt);
  if (skewMs !== undefined) shiftTimestamp(values, skewMs);
  return { ok: true, event: BUILDERS[event](id, receipt.receivedAt, values) };
}

function readEventName(input: JsonObject, faults: Faults): EventName | undefined {
  const path = present(input.event) ? 'event' : 'name';
  const name = input[path];
  if (!present(name)) return faults.add('missing_field', 'event', `is required: one of ${NAMES}`);
  if (typeof name !== 'string') return faults.add('invalid_type', path, 'expected a string');
  if (path === 'event' && present(input.name) && input.name !== name) {
    faults.add('field_conflict', 'event', 'event and name differ');
  }
  if (isEventName(name)) return name;
  const shown = JSON.stringify(name.slice(0, 100));
  const isReserved = RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
  const code = isReserved ? 'unsupported_event' : 'unknown_prefix';
  return faults.add(code, path, `unknown event ${shown}; use ${NAMES}`);
}

function readEventId(input: JsonObject, faults: Faults): string | undefined {
  const id = input.event_id;
  if (!present(id)) return undefined;
  if (typeof id !== 'string') return faults.add('invalid_type', 'event_id', 'expected a string');
  if (id.length === 0) return faults.add('invalid_value', 'event_id', 'must not be empty');
  if (id.length > MAX_EVENT_ID_LENGTH) {
    return faults.add('too_long', 'event_id', `has ${id.length} characters; the maximum is ${MAX_EVENT_ID_LENGTH}`);
  }
  if (!id.isWellFormed()) return faults.add('invalid_unicode', 'event_id', 'contains an unpaired surrogate');
  return normaliseId(id);
}

/** `metric_name` and `metric_value` are one more measurement. */
function addFlatMetric(input: JsonObject, values: FieldValues, faults: Faults, limits: EventLimits): undefined {
  const hasName = present(input.metric_name);
  const hasValue = present(input.metric_value);
  if (!hasName && !hasValue) return;
  if (!hasName) return faults.add('missing_field', 'metric_name', 'is required with metric_value');
  if (!hasValue) return faults.add('missing_field', 'metric_value', 'is required with metric_name');
  const name = readName(input.metric_name, 'metric_name', faults, limits);
  const value = readMetricValue(input.metric_value, 'metric_value', faults, limits);
  if (name === '__proto__') return faults.add('forbidden_key', 'metric_name', 'a metric cannot have this name');
  if (name === undefined || value === undefined) return;
  values.measurements = united(
    { [name]: value },
    (values.measurements ?? {}) as Measurements,
    'measurements',
    faults,
    limits,
  );
}

/** `success` is a substitute for `state`: true is completed; false is failed, and agrees with cancelled. */
function readSuccess(input: JsonObject, values: FieldValues, faults: Faults): void {
  for (const [path, keys] of [
    ['success', ['success']],
    ['metadata.success', ['metadata', 'success']],
  ] as const) {
    const raw = at(input, keys);
    if (!present(raw)) continue;
    const success = readBoolean(raw, path, faults, EVENT_LIMITS);
    if (success === undefined) continue;
    if (values.state === undefined) values.state = success ? 'completed' : 'failed';
    else if ((values.state === 'completed') !== success) faults.add('field_conflict', path, 'contradicts state');
  }
}

/** Paths of faults in the measurements of a metric event. */
const MEASUREMENT_PATH = /^(metadata\.)?measurements(\.|$)|^metric_(name|value)$/;

function checkPresence(event: EventName, input: JsonObject, values: FieldValues, faults: Faults): void {
  // A present but faulty field has been reported already; it is not missing too.
  const faulty = (name: string) => faults.list.some(({ path }) => path === name || path === `metadata.${name}`);
  const missing = (name: string, message: string) => {
    if (values[name] === undefined && !faulty(name)) faults.add('missing_field', name, message);
  };
  if (isTrialEvent(event)) missing('trial_id', `is required by ${event}`);
  else if (values.model_run_id === undefined && !faulty('model_run_id')) {
    missing('trial_id', `is required by ${event}, unless it has a model_run_id`);
  }
  if (event === 'ml.run.stop' && !faulty('success')) missing('state', 'is required, or metadata.success');
  if (event === 'ml.run.metric') {
    const measurements = values.measurements as Measurements | undefined;
    const empty = measurements !== undefined && Object.keys(measurements).length === 0;
    const reported = faults.list.some(({ path }) => MEASUREMENT_PATH.test(path));
    if ((measurements === undefined || empty) && !reported) {
      const path = present(input.measurements) ? 'measurements' : 'metric_name';
      faults.add(
        'missing_field',
        path,
        'is required: at least one value in measurements, or metric_name and metric_value',
      );
    }
  }
}

/** Removes `duration_ms` from the final metrics when it is the duration, which has its own column. */
function withoutDuration(metrics: Measurements, durationMs: unknown): Measurements | undefined {
  if (!Object.hasOwn(metrics, 'duration_ms') || metrics.duration_ms !== durationMs) return metrics;
  const { duration_ms: _, ...rest } = metrics;
  return Object.keys(rest).length > 0 ? rest : undefined;
}

/** Adds a fault for a time too far ahead, or returns the milliseconds to shift it by; undefined if it stays as it is. */
function checkFuture(timestamp: unknown, receipt: Receipt, faults: Faults, limits: EventLimits): number | undefined {
  const { receivedAt, sentAt } = receipt;
  if (typeof timestamp !== 'number' || timestamp <= receivedAt + limits.maxFutureMs) return undefined;
  const skewMs = skewOf(timestamp, sentAt, receivedAt, limits);
  if (skewMs !== undefined) return skewMs;
  return faults.add(
    'timestamp_in_future',
    'timestamp',
    `${timestamp} is more than ${limits.maxFutureMs} ms ahead of the gateway`,
  );
}

/** The request's key with the content, else the content of an event with a time of its own, else a fresh id. */
function chooseId(event: EventName, input: JsonObject, content: FieldValues, receipt: Receipt): string {
  const { nameOf = content.timestamp === undefined ? undefined : uuidV5 } = receipt;
  if (nameOf === undefined) return receipt.freshId();
  const below = digitsBelowMs(input.timestamp) || digitsBelowMs(at(input, ['metadata', 'timestamp']));
  // Only events with such digits get another id than in earlier versions.
  const metadata = withoutNulls(event, content.metadata as JsonObject | undefined);
  return nameOf(canonicalJson({ event, ...content, metadata, ...(below !== '' && { 'timestamp below ms': below }) }));
}
