import { type EventName, forEachEvent } from './event.ts';
import type { EventLimits, Faults } from './fault.ts';
import { PLACED_FIELDS } from './fields.ts';
import { canonicalJson } from './ids.ts';
import { type JsonObject, readJsonObject } from './values.ts';

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
      ...PLACED_FIELDS[name].flatMap(({ places, fallbacks }) =>
        [...places, ...fallbacks].map(([, keys]) => keys[0] ?? ''),
      ),
    ]),
);

/**
 * `metadata` with what the sender put beside it and no field of the event takes, so that nothing sent is lost.
 */
export function withLeftovers(
  event: EventName,
  input: JsonObject,
  metadata: JsonObject | undefined,
  faults: Faults,
  limits: EventLimits,
): JsonObject | undefined {
  const known = KNOWN_KEYS[event];
  let leftovers: [string, unknown][] | undefined;
  for (const key of Object.keys(input)) {
    if (known.has(key)) continue;
    if (metadata !== undefined && Object.hasOwn(metadata, key)) {
      if (canonicalJson(metadata[key]) !== canonicalJson(input[key])) {
        faults.add('field_conflict', key, `${key} and metadata.${key} differ`);
      }
      continue;
    }
    leftovers ??= [];
    leftovers.push([key, input[key]]);
  }
  if (leftovers === undefined) return metadata;
  // fromEntries defines own properties, so that a key named __proto__ is a key like any other.
  const added = readJsonObject(Object.fromEntries(leftovers), '', faults, limits);
  return added === undefined
    ? metadata
    : Object.fromEntries([...Object.entries(metadata ?? {}), ...Object.entries(added)]);
}
