import { type EventName, forEachEvent } from './event.ts';
import { EVENT_LIMITS, type EventLimits, Faults } from './fault.ts';
import { PLACED_FIELDS } from './fields.ts';
import { canonicalJson } from './ids.ts';
import { countEntries } from './json-object.ts';
import { readAmount } from './numbers.ts';
import { type JsonObject, present } from './values.ts';

const ALWAYS_KNOWN = ['event', 'name', 'event_id', 'metadata'] as const;
const EXTRA_KNOWN: Readonly<Partial<Record<EventName, readonly string[]>>> = {
  'ml.run.metric': ['metric_name', 'metric_value'],
  'ml.run.stop': ['success'],
};

const KNOWN_KEYS = forEachEvent(
  (name): ReadonlySet<string> =>
    new Set([
      ...ALWAYS_KNOWN,
      ...(EXTRA_KNOWN[name] ?? []),
      // Fallbacks are not among them: metadata is the only place that keeps an epoch beside a step.
      ...PLACED_FIELDS[name].flatMap(({ places }) => places.map(([, keys]) => keys[0] ?? '')),
    ]),
);

/** The keys beside `metadata` of substitutes for a field, all of which are epochs. */
const SUBSTITUTE_KEYS = forEachEvent(
  (name): ReadonlySet<string> =>
    new Set(PLACED_FIELDS[name].flatMap(({ fallbacks }) => fallbacks.map(([, keys]) => keys[0] ?? ''))),
);

/** Stores no fault: the reader of the field reports those of its values. */
const UNREPORTED = new Faults(0);

/**
 * Returns `metadata` together with the unknown fields beside it, so that nothing sent is lost. A key that occurs in both
 * must have equal values, unless one of them is null. An unknown field that is null is absent. The limit of entries applies to all of them together.
 */
export function withLeftovers(
  event: EventName,
  input: JsonObject,
  metadata: JsonObject | undefined,
  faults: Faults,
  limits: EventLimits,
): JsonObject | undefined {
  const known = KNOWN_KEYS[event];
  const left: string[] = [];
  for (const key in input) if (!known.has(key)) left.push(key);
  if (left.length === 0) return metadata;
  if (left.length > limits.maxKeys) return addTooMany(faults, limits);

  let entries = metadata === undefined ? 0 : (countEntries(metadata, 'metadata', faults, limits) ?? 0);
  const kept = Object.entries(metadata ?? {});
  for (const key of left) {
    const value = input[key];
    const inMetadata = metadata !== undefined && Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    // Check before comparing: the comparison recurses, and the sender chooses the depth.
    const count = countEntries(Object.fromEntries([[key, value]]), key, faults, limits);
    if (count === undefined || !present(value)) continue;
    if (!present(inMetadata)) {
      kept.push([key, value]);
      entries += count;
    } else if (!agree(event, key, inMetadata, value)) {
      faults.add('field_conflict', key, `${key} and metadata.${key} differ`);
    }
  }
  if (entries > limits.maxKeys) return addTooMany(faults, limits);
  if (kept.length === 0) return metadata;
  // fromEntries defines own properties, so that a key named __proto__ is a key like any other.
  return Object.fromEntries(kept);
}

/** Whether two values of one key are equal, as JSON or, where the key is that of an epoch, as the numbers they are read as. */
function agree(event: EventName, key: string, one: unknown, other: unknown): boolean {
  if (canonicalJson(one) === canonicalJson(other)) return true;
  if (!SUBSTITUTE_KEYS[event].has(key)) return false;
  const number = readAmount(one, key, UNREPORTED, EVENT_LIMITS);
  return number !== undefined && number === readAmount(other, key, UNREPORTED, EVENT_LIMITS);
}

const addTooMany = (faults: Faults, { maxKeys }: EventLimits): undefined =>
  faults.add('too_many', 'metadata', `and unknown top-level fields together exceed ${maxKeys} entries`);
