import { type EventName, forEachEvent } from './event.ts';
import { readJsonObject } from './json-object.ts';
import { readMeasurements } from './measurements.ts';
import { readAmount, readCount, readEpoch, readRank } from './numbers.ts';
import { readTimestamp } from './timestamp.ts';
import { type JsonObject, oneOf, type Reader, readBoolean, readId, readText } from './values.ts';

/** What a field is made of; `docs` and the OpenAPI document are written from it. */
export type FieldKind =
  | 'id'
  | 'text'
  | 'boolean'
  | 'timestamp'
  | 'amount'
  | 'count'
  | 'rank'
  | 'epoch'
  | 'state'
  | 'measurements'
  | 'json';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Where it may stand besides the top level and `metadata`, as dotted paths. */
  readonly also?: readonly string[];
  /** Places of a substitute, read only when none of the others has a value. */
  readonly fallback?: { readonly kind: FieldKind; readonly places: readonly string[] };
  readonly meaning: string;
}

export const STATES = ['completed', 'failed', 'cancelled'] as const;

export const READERS: Readonly<Record<FieldKind, Reader<unknown>>> = {
  id: readId,
  text: readText,
  boolean: readBoolean,
  timestamp: readTimestamp,
  amount: readAmount,
  count: readCount,
  rank: readRank,
  epoch: readEpoch,
  state: oneOf(STATES),
  measurements: readMeasurements,
  json: readJsonObject,
};

/** The fields every event may have, besides `event`, `event_id` and `metadata`, which the parser reads first. */
export const COMMON_FIELDS: readonly Field[] = [
  { name: 'timestamp', kind: 'timestamp', meaning: 'ISO 8601 or epoch milliseconds; absent: time of receipt' },
  { name: 'model_run_id', kind: 'id', meaning: 'the study; absent: the run "unassigned"' },
  { name: 'trial_id', kind: 'id', meaning: 'the trial' },
  { name: 'mlflow_run_id', kind: 'id', meaning: 'the MLflow run the training code logs to itself' },
  { name: 'spectral_norm', kind: 'boolean', meaning: 'whether layers are spectrally normalised; absent: unknown' },
  { name: 'source', kind: 'id', meaning: 'who emitted it' },
  { name: 'correlation_id', kind: 'id', meaning: 'ties events of one operation together; absent: the trial key' },
];

const HYPERPARAMS: Field = { name: 'hyperparams', kind: 'json', meaning: 'what the search chose' };
const PARAMETERS: Field = { name: 'parameters', kind: 'json', meaning: 'what the trial ran with' };
const METRICS: Field = {
  name: 'metrics',
  kind: 'measurements',
  meaning: 'final metrics by name',
  also: ['measurements'],
};
const ARTIFACT_URI: Field = { name: 'artifact_uri', kind: 'text', meaning: 'where the model was saved' };
const ERROR_MESSAGE: Field = { name: 'error_message', kind: 'text', meaning: 'what went wrong' };
const ERROR_TYPE: Field = {
  name: 'error_type',
  kind: 'id',
  meaning: 'the kind of failure; "pruned" is an Optuna pruned trial',
};
const DURATION: Field = {
  name: 'duration_ms',
  kind: 'amount',
  also: ['measurements.duration_ms'],
  meaning: 'how long it took, in milliseconds, >= 0',
};

/** The fields of each event beyond the common ones: the table of the design, in one place. */
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
    { ...DURATION, kind: 'count', meaning: 'how long it took, in milliseconds, an integer >= 0' },
    { name: 'rank', kind: 'rank', meaning: 'rank among the trials of the study, an integer >= 1' },
  ],
  'ml.trial.failed': [ERROR_TYPE, ERROR_MESSAGE, DURATION, METRICS, HYPERPARAMS, PARAMETERS],
};

/** A field with the places it may stand in, split once. */
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

/** Every field of each event, ready to read. */
export const PLACED_FIELDS = forEachEvent((name): readonly PlacedField[] =>
  [...COMMON_FIELDS, ...EVENT_FIELDS[name]].map(place),
);

/** Which fields of an event a key may belong to: one bit for each, by its index in {@link PLACED_FIELDS}. */
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
 * The fields of an event for which there is a key, as bits by their index in {@link PLACED_FIELDS}: an event has a few keys,
 * and its fields some twenty places to look at.
 */
export function fieldsWithKeys(event: EventName, input: JsonObject, metadata: JsonObject | undefined): number {
  const { top, inMetadata } = KEY_BITS[event];
  let bits = 0;
  // Parsed JSON inherits nothing enumerable, so these are the own keys.
  for (const key in input) bits |= top.get(key) ?? 0;
  for (const key in metadata) bits |= inMetadata.get(key) ?? 0;
  return bits;
}
