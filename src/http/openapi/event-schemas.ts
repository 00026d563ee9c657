import { EVENT_NAMES, EVENT_RECORDS, type EventName, isTrialEvent } from '../../events/event.ts';
import type { EventLimits } from '../../events/fault.ts';
import { type FieldKind, PLACED_FIELDS, type PlacedField } from '../../events/fields.ts';
import { MAX_EVENT_ID_LENGTH } from '../../events/parse.ts';
import { kindSchemas, PRESENT, ref, type Schema, sharedSchemas } from './kinds.ts';

type Kinds = Readonly<Record<FieldKind, Schema>>;
type Properties = Record<string, Schema>;

/** At least one of the paths has a value. */
const oneOfThem = (...paths: readonly (readonly string[])[]): Schema => ({
  anyOf: paths.map((path) => having(path, PRESENT)),
});

/** The value at `path` is there and fits `schema`. */
function having([first = '', ...rest]: readonly string[], schema: Schema): Schema {
  const inner = rest.length === 0 ? schema : { type: 'object', ...having(rest, schema) };
  return { required: [first], properties: { [first]: inner } };
}

/** The properties of an event's top level, of its `metadata`, and of other objects that may hold some of its fields. */
function placesOf(fields: readonly PlacedField[], kinds: Kinds) {
  const top: Properties = {};
  const nested: Record<string, Properties> = { metadata: {} };
  for (const { kind, meaning, places } of fields) {
    for (const [, [first = '', second]] of places) {
      if (second === undefined) top[first] ??= { ...kinds[kind], description: meaning };
      else {
        nested[first] ??= {};
        nested[first][second] = kinds[kind];
      }
    }
  }
  return { top, nested };
}

/** A field that has fallbacks: values there are read, and must fit, only if the field has no value of its own. */
const fallbackOf = ({ kind, fallback, places, fallbacks }: PlacedField, kinds: Kinds): Schema => ({
  anyOf: [
    ...places.map(([, path]) => having(path, PRESENT)),
    {
      allOf: fallbacks.map(([, [first = '', second]]) => ({
        properties: {
          [first]: nestedIn(second, kinds[fallback?.kind ?? kind]),
        },
      })),
    },
  ],
});

const nestedIn = (key: string | undefined, schema: Schema): Schema =>
  key === undefined ? schema : { properties: { [key]: schema } };

/** An object with a value that is not null. */
const SOME_VALUE: Schema = { type: 'object', not: { additionalProperties: { type: 'null' } } };

/** Rules about several fields of an event, and fields that only one event has; the table in docs/events.md. */
const RULES: Readonly<Partial<Record<EventName, (kinds: Kinds) => { properties: Properties; rules: Schema[] }>>> = {
  'ml.run.metric': (kinds) => ({
    properties: {
      metric_name: {
        ...kinds.id,
        not: { const: '__proto__' },
        description: 'the name of one more metric, whose value is metric_value',
      },
      metric_value: { anyOf: [ref('MetricValue'), { type: 'null' }], description: 'the value of metric_name' },
    },
    rules: [
      {
        anyOf: [
          having(['measurements'], SOME_VALUE),
          having(['metadata', 'measurements'], SOME_VALUE),
          having(['metric_name'], PRESENT),
        ],
      },
      {
        anyOf: [
          { ...having(['metric_name'], PRESENT), ...bothOf('metric_name', 'metric_value') },
          { properties: { metric_name: { type: 'null' }, metric_value: { type: 'null' } } },
        ],
      },
    ],
  }),
  'ml.run.stop': (kinds) => ({
    properties: { success: { ...kinds.boolean, description: 'replaces state: true is completed, false is failed' } },
    rules: [oneOfThem(['state'], ['metadata', 'state'], ['success'], ['metadata', 'success'])],
  }),
};

const bothOf = (a: string, b: string): Schema => ({ required: [a, b], properties: { [a]: PRESENT, [b]: PRESENT } });

const TRIAL = [['trial_id'], ['metadata', 'trial_id']] as const;
const RUN = [['model_run_id'], ['metadata', 'model_run_id']] as const;

function eventSchema(event: EventName, kinds: Kinds): Schema {
  const fields = PLACED_FIELDS[event];
  const { top, nested } = placesOf(fields, kinds);
  const own = RULES[event]?.(kinds) ?? { properties: {}, rules: [] };
  const inOthers = Object.entries(nested).filter(([name]) => name !== 'metadata');
  const metadata = { ...nested.metadata, ...(event === 'ml.run.stop' && { success: kinds.boolean }) };
  return {
    type: 'object',
    title: event,
    properties: {
      event: { enum: [event, null], description: 'the name of the event; `name` is accepted instead' },
      name: { enum: [event, null] },
      event_id: {
        type: ['string', 'null'],
        minLength: 1,
        maxLength: MAX_EVENT_ID_LENGTH,
        description: 'identifies the event: an event sent again with the same id is stored once',
      },
      ...top,
      ...own.properties,
      metadata: {
        ...kinds.json,
        properties: metadata,
        description: 'free-form JSON, stored as it is; the fields of the event may also be given here',
      },
    },
    propertyNames: kinds.json.propertyNames,
    additionalProperties: ref('Json'),
    allOf: [
      { anyOf: [having(['event'], PRESENT), having(['name'], PRESENT)] },
      isTrialEvent(event) ? oneOfThem(...TRIAL) : oneOfThem(...RUN, ...TRIAL),
      ...own.rules,
      ...fields.filter(({ fallbacks }) => fallbacks.length > 0).map((field) => fallbackOf(field, kinds)),
      ...inOthers.map(([name, properties]) => ({ properties: { [name]: { properties } } })),
    ],
  };
}

/**
 * The schemas of the events, from the tables that validate them. JSON Schema cannot express some rules, which only the
 * parser checks: days that a month does not have, times too far ahead, a field given twice with different values, half of
 * a surrogate pair, and sums over the whole event (depth, entries, bytes).
 */
export function eventSchemas(limits: EventLimits): Readonly<Record<string, Schema>> {
  const kinds = kindSchemas(limits);
  return {
    ...sharedSchemas(limits),
    ...Object.fromEntries(EVENT_NAMES.map((name) => [EVENT_RECORDS[name], eventSchema(name, kinds)])),
    Event: { oneOf: EVENT_NAMES.map((name) => ref(EVENT_RECORDS[name])) },
  };
}
