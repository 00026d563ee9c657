import { type EventName, forEachEvent } from './event.ts';
import { readJsonObject } from './json-object.ts';
import { readMeasurements } from './measurements.ts';
import { readAmount, readAttempt, readCount, readEpoch, readRank } from './numbers.ts';
import { readTimestamp } from './timestamp.ts';
import { type JsonObject, type Reader, readBoolean, readId, readName, readOneOf, readText } from './values.ts';

/** The kind of a field's values; the reference and the OpenAPI document are generated from it. */
export type FieldKind =
  | 'id'
  | 'name'
  | 'text'
  | 'boolean'
  | 'timestamp'
  | 'amount'
  | 'count'
  | 'rank'
  | 'attempt'
  | 'epoch'
  | 'state'
  | 'measurements'
  | 'json';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Further places besides the top level and `metadata`, as dotted paths. */
  readonly also?: readonly string[];
  /** Places of a substitute, read only when none of the others has a value. */
  readonly fallback?: { readonly kind: FieldKind; readonly places: readonly string[] };
  readonly meaning: string;
}

export const STATES = ['completed', 'failed', 'cancelled'] as const;

export const READERS: Readonly<Record<FieldKind, Reader<unknown>>> = {
  id: readId,
  name: readName,
  text: readText,
  boolean: readBoolean,
  timestamp: readTimestamp,
  amount: readAmount,
  count: readCount,
  rank: readRank,
  attempt: readAttempt,
  epoch: readEpoch,
  state: readOneOf(STATES),
  measurements: readMeasurements,
  json: readJsonObject,
};

/** The fields of every event besides `event`, `event_id` and `metadata`, which the parser reads first. */
export const COMMON_FIELDS: readonly Field[] = [
  { name: 'timestamp', kind: 'timestamp', meaning: 'ISO 8601 or epoch milliseconds; absent: time of receipt' },
  { name: 'model_run_id', kind: 'id', meaning: 'the study; absent: the run "unassigned"' },
  { name: 'trial_id', kind: 'id', meaning: 'the trial' },
  {
    name: 'attempt',
    kind: 'attempt',
    meaning: 'the number of the attempt at the trial, counted from 1; absent: 0',
  },
  { name: 'mlflow_run_id', kind: 'id', meaning: 'the MLflow run the training code logs to itself' },
  {
    name: 'spectral_norm',
    kind: 'boolean',
    meaning: 'whether layers are spectrally normalised; absent: unknown, and the tables show false',
  },
  { name: 'source', kind: 'name', meaning: 'the program or job that sent the event' },
  { name: 'correlation_id', kind: 'name', meaning: 'the same for all events of one operation; absent: the trial key' },
];

const HYPERPARAMS: Field = { name: 'hyperparams', kind: 'json', meaning: 'the values that the search chose' };
const PARAMETERS: Field = { name: 'parameters', kind: 'json', meaning: 'the values that the trial ran with' };
const METRICS: Field = {
  name: 'metrics',
  kind: 'measurements',
  meaning: 'final metrics by name',
  also: ['measurements'],
};
const ARTIFACT_URI: Field = { name: 'artifact_uri', kind: 'text', meaning: 'the address of the saved model' };
const ERROR_MESSAGE: Field = { name: 'error_message', kind: 'text', meaning: 'the error, a traceback for example' };
const ERROR_TYPE: Field = {
  name: 'error_type',
  kind: 'name',
  meaning: 'the kind of failure; "pruned" is an Optuna pruned trial',
};
const DURATION: Field = {
  name: 'duration_ms',
  kind: 'amount',
  also: ['measurements.duration_ms'],
  meaning: 'the duration in milliseconds, >= 0',
};

/** The fields of each event besides the common ones. */
export const EVENT_FIELDS: Readonly<Record<EventName, readonly Field[]>> = {
  'ml.run.start': [HYPERPARAMS, PARAMETERS],
  'ml.run.stop': [
    { name: 'state', kind: 'state', meaning: 'completed, failed or cancelled; or metadata.success' },
    DURATION,
    METRICS,
    HYPERPARAMS,
    PARAMETERS,
    ARTIFACT_URI,
    ERROR_TYPE,
    ERROR_MESSAGE,
  ],
  'ml.run.metric': [
    {
      name: 'step',
      kind: 'count',
      fallback: { kind: 'epoch', places: ['epoch', 'metadata.epoch'] },
      meaning: 'the step, an integer >= 0; absent: the completed epochs, else 0',
    },
    { name: 'measurements', kind: 'measurements', meaning: 'metric values by name' },
  ],
  'ml.trial.start': [HYPERPARAMS, PARAMETERS],
  'ml.trial.complete': [
    METRICS,
    HYPERPARAMS,
    PARAMETERS,
    ARTIFACT_URI,
    { ...DURATION, kind: 'count', meaning: 'the duration in milliseconds, an integer >= 0' },
    { name: 'rank', kind: 'rank', meaning: 'rank among the trials of the study, an integer >= 1' },
  ],
  'ml.trial.failed': [ERROR_TYPE, ERROR_MESSAGE, DURATION, METRICS, HYPERPARAMS, PARAMETERS],
};

/** A field with its reader and its places, split into keys once. */
export interface PlacedField extends Field {
  readonly read: Reader<unknown>;
  readonly readFallback: Reader<unknown>;
  readonly places: readonly (readonly [path: string, keys: readonly string[]])[];
  readonly fallbacks: readonly (readonly [path: string, keys: readonly string[]])[];
}

const split = (path: string): readonly [string, readonly string[]] => [path, path.split('.')];

const place = (field: Field): PlacedField => ({
  ...field,
  read: READERS[field.kind],
  readFallback: READERS[field.fallback?.kind ?? field.kind],
  places: [field.name, `metadata.${field.name}`, ...(field.also ?? [])].map(split),
  fallbacks: (field.fallback?.places ?? []).map(split),
});

/** Every field of each event, with its places. */
export const PLACED_FIELDS = forEachEvent((name): readonly PlacedField[] =>
  [...COMMON_FIELDS, ...EVENT_FIELDS[name]].map(place),
);

/** The fields of an event that a key may belong to: one bit for each, by its index in {@link PLACED_FIELDS}. */
interface KeyBits {
  readonly top: ReadonlyMap<string, number>;
  readonly inMetadata: ReadonlyMap<string, number>;
}

const KEY_BITS = forEachEvent((name): KeyBits => {
  const top = new Map<string, number>();
  const inMetadata = new Map<string, number>();
  for (const [index, { places, fallbacks }] of PLACED_FIELDS[name].entries()) {
    for (const [, [outer = '', inner = '']] of [...places, ...fallbacks]) {
      const [bits, key] = outer === 'metadata' ? [inMetadata, inner] : [top, outer];
      bits.set(key, (bits.get(key) ?? 0) | (1 << index));
    }
  }
  return { top, inMetadata };
});

/**
 * The fields of an event that have a key in the input, as bits by their index in {@link PLACED_FIELDS}. An event has a few
 * keys, but its fields have some twenty places.
 */
export function fieldsWithKeys(event: EventName, input: JsonObject, metadata: JsonObject | undefined): number {
  const { top, inMetadata } = KEY_BITS[event];
  let bits = 0;
  // Parsed JSON inherits nothing enumerable, so these are the own keys.
  for (const key in input) bits |= top.get(key) ?? 0;
  for (const key in metadata) bits |= inMetadata.get(key) ?? 0;
  return bits;
}
