import { type EventName, forEachEvent } from './event.ts';
import type { EventLimits, Faults } from './fault.ts';
import { PLACED_FIELDS } from './fields.ts';
import { canonicalJson } from './ids.ts';
import { type JsonObject, present, readJsonObject } from './values.ts';

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
      // Fallbacks are not among them: an epoch beside a step has no other place to be kept.
      ...PLACED_FIELDS[name].flatMap(({ places }) => places.map(([, keys]) => keys[0] ?? '')),
    ]),
);

/**
 * `metadata` with what the sender put beside it and no field of the event takes, so that nothing sent is lost. A key that
 * stands in both must agree, unless one of them is null.
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
  const kept = Object.entries(metadata ?? {});
  for (const key of left) {
    const value = input[key];
    const inMetadata = metadata !== undefined && Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    // What is compared is checked first: comparing recurses, and the sender chooses the depth.
    if (readJsonObject(Object.fromEntries([[key, value]]), key, faults, limits) === undefined) continue;
    if (!present(inMetadata)) kept.push([key, value]);
    else if (present(value) && canonicalJson(inMetadata) !== canonicalJson(value)) {
      faults.add('field_conflict', key, `${key} and metadata.${key} differ`);
    }
  }
  // fromEntries defines own properties, so that a key named __proto__ is a key like any other.
  return Object.fromEntries(kept);
}
