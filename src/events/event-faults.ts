import { countMembers } from './count-members.ts';
import { forEachEvent, isTrialEvent, type MlEvent } from './event.ts';
import { parseExactly } from './exact-number.ts';
import { EVENT_LIMITS, type EventLimits, type Fault, Faults } from './fault.ts';
import { type FieldKind, PLACED_FIELDS, READERS } from './fields.ts';
import { findDuplicateKey } from './find-duplicate-key.ts';
import { isUuid } from './ids.ts';
import { countEntries } from './json-object.ts';
import { isSoundMetric } from './sound-metric.ts';
import { isTime } from './timestamp.ts';
import { isObject, type JsonObject, type Reader, readName } from './values.ts';

/**
 * The limits of `INGEST_MAX_*` are each gateway's own and do not apply to records. The bound of depth protects the readers
 * that recurse.
 */
const RECORD_LIMITS: EventLimits = {
  ...EVENT_LIMITS,
  maxTextLength: Number.POSITIVE_INFINITY,
  maxMetrics: Number.POSITIVE_INFINITY,
  maxKeys: Number.POSITIVE_INFINITY,
  maxDepth: 1_000,
  maxFaults: 5,
};

const accept: Reader<unknown> = (value) => value;

const readUuid: Reader<unknown> = (value, path, faults) =>
  isUuid(value as string) ? value : faults.add('invalid_value', path, 'must be a UUID (RFC 9562)');

const readTime: Reader<unknown> = (value, path, faults) =>
  isTime(value as number)
    ? value
    : faults.add('invalid_timestamp', path, `must be in the years 1 to 9999, got ${value} epoch milliseconds`);

const readNames: Reader<unknown> = (value, path, faults, limits) => {
  let sound = true;
  for (const name in value as object) {
    if (readName(name, path, NONE, limits) !== undefined) continue;
    readName(name, `${path}.${name}`, faults, limits);
    sound = false;
  }
  return sound ? value : undefined;
};

const readJsonText: Reader<unknown> = (value, path, faults, limits) => {
  const text = value as string;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return faults.add('malformed_json', path, (error as Error).message);
  }
  if (!isObject(json)) return faults.add('invalid_type', path, 'must be a JSON object');
  if (countEntries(json, path, faults, limits) === undefined) return undefined;
  // A gateway writes the output of JSON.stringify, so its text cannot hide such faults and is not searched.
  return JSON.stringify(json) === text ? json : readHidden(json, text, path, faults, limits);
};

/** The end of every key, and of a few texts with a quote in them. */
const KEY_END = /"\s*:/g;

/** False only if no object has a key twice: a quick check that spares nearly all texts the slow search. */
const mayRepeatKey = (json: JsonObject, text: string): boolean =>
  (text.match(KEY_END)?.length ?? 0) !== countMembers(json);

/** A number with one of these may be so small that JSON.parse reads it as 0. */
const MAY_BECOME_0 = /\.\d{200}|e-\d{3}/i;

/** Finds the faults of valid JSON text that JSON.parse hides: a key given twice, and a number that became 0. */
function readHidden(json: JsonObject, text: string, path: string, faults: Faults, limits: EventLimits): unknown {
  const key = mayRepeatKey(json, text) ? findDuplicateKey(text) : undefined;
  if (key !== undefined) return faults.add('duplicate_key', `${path}.${key}`, 'is given twice in one object');
  if (!MAY_BECOME_0.test(text)) return json;
  return countEntries(parseExactly(text) as JsonObject, path, faults, limits);
}

/** The readers of the table for values of Avro types: booleans and states are already guaranteed by the schema. */
const RECORD_READERS: Readonly<Record<FieldKind, Reader<unknown>>> = {
  ...READERS,
  boolean: accept,
  state: accept,
  timestamp: readTime,
  measurements: readNames,
  json: readJsonText,
};

type Check = readonly [field: string, read: Reader<unknown>];

const CHECKS = forEachEvent((name): readonly Check[] => [
  ['event_id', readUuid],
  ['received_at', readTime],
  ['metadata', readJsonText],
  ...PLACED_FIELDS[name].map(({ name: field, kind }): Check => [field, RECORD_READERS[kind]]),
]);

/** Stores no fault: readers still return undefined, so that a valid event needs no list. */
const NONE = new Faults(0);

/** The faults of an event read from a topic, by the table of the gateway; at most five. */
export function faultsOf(event: MlEvent): readonly Fault[] {
  const isSound = (event.event === 'ml.run.metric' && isSoundMetric(event)) || check(event, NONE);
  if (isSound) return NONE.list;
  const faults = new Faults(RECORD_LIMITS.maxFaults);
  check(event, faults);
  return faults.list;
}

function check(event: MlEvent, faults: Faults): boolean {
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  let sound = true;
  for (const entry of CHECKS[event.event]) {
    const value = fields[entry[0]];
    if (value === null || value === undefined) continue;
    if (entry[1](value, entry[0], faults, RECORD_LIMITS) === undefined) sound = false;
  }
  return checkTogether(event, faults) && sound;
}

/** The rules about more than one field. */
function checkTogether(event: MlEvent, faults: Faults): boolean {
  const { event: name, timestamp, received_at } = event;
  const isFuture = timestamp > received_at + EVENT_LIMITS.maxFutureMs;
  const lacksTrial = event.trial_id === null && isTrialEvent(name);
  const lacksValue = name === 'ml.run.metric' && isEmpty(event.measurements);
  if (isFuture) faults.add('timestamp_in_future', 'timestamp', `${timestamp} is more than 24 h after received_at`);
  if (lacksTrial) faults.add('missing_field', 'trial_id', `is required by ${name}`);
  if (lacksValue) faults.add('missing_field', 'measurements', 'must have at least one value');
  return !(isFuture || lacksTrial || lacksValue);
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
