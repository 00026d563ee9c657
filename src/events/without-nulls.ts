import { type EventName, forEachEvent } from './event.ts';
import { PLACED_FIELDS } from './fields.ts';
import { isObject, type JsonObject, present } from './values.ts';

/** The keys of metric values, in which null is absent too. */
const MEASUREMENT_KEYS = forEachEvent(
  (name): ReadonlySet<string> =>
    new Set(PLACED_FIELDS[name].filter(({ kind }) => kind === 'measurements').map((field) => field.name)),
);

/**
 * The metadata of an event without fields and metric values that are null, because null counts as absent: the content that
 * an id is made of. Nulls within free-form values stay.
 */
export function withoutNulls(event: EventName, metadata: JsonObject | undefined): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  const keys = MEASUREMENT_KEYS[event];
  if (Object.keys(metadata).every((key) => present(metadata[key]) && !keys.has(key))) return metadata;
  const given = Object.entries(metadata).filter(([, value]) => present(value));
  return Object.fromEntries(given.map(([key, value]) => [key, keys.has(key) ? withoutNullMembers(value) : value]));
}

const withoutNullMembers = (value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, item]) => present(item))) : value;
