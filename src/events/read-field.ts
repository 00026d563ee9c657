import type { EventLimits, Faults } from './fault.ts';
import type { PlacedField } from './fields.ts';
import { canonicalJson } from './ids.ts';
import { isObject, type JsonObject, type Measurements, present } from './values.ts';

/** The value at a path of one or two keys; undefined where there is none. */
export const at = (input: JsonObject, keys: readonly string[]): unknown => {
  const [first = '', second] = keys;
  const value = input[first];
  if (second === undefined) return value;
  return isObject(value) && Object.hasOwn(value, second) ? value[second] : undefined;
};

/** Reads a field from every place it stands in; places that disagree are a fault, measurements add up. */
export function readField(field: PlacedField, input: JsonObject, faults: Faults, limits: EventLimits): unknown {
  let found: unknown;
  let foundAt = '';
  for (const places of [field.places, field.fallbacks]) {
    for (const [path, keys] of places) {
      const raw = at(input, keys);
      if (!present(raw)) continue;
      const value = field.read(raw, path, faults, limits);
      if (value === undefined) continue;
      if (found === undefined) found = value;
      else if (field.kind === 'measurements')
        found = united(found as Measurements, value as Measurements, path, faults, limits);
      else if (canonicalJson(found) !== canonicalJson(value)) {
        faults.add('field_conflict', foundAt, `${foundAt} and ${path} differ`);
      }
      foundAt ||= path;
    }
    if (found !== undefined) break;
  }
  return found;
}

/** Both sets of measurements; a name in both with different values is a fault, and so are too many names together. */
export function united(
  a: Measurements,
  b: Measurements,
  path: string,
  faults: Faults,
  limits: EventLimits,
): Measurements {
  const result: Record<string, number> = { ...b, ...a };
  for (const [name, value] of Object.entries(b)) {
    // 0 and -0 are one number: JSON text of the same content may have lost the sign.
    const same = result[name] === value || Object.is(result[name], value);
    if (!same) faults.add('field_conflict', `${path}.${name}`, 'is given twice with different values');
  }
  const count = Object.keys(result).length;
  if (count > limits.maxMetrics) {
    faults.add('too_many', path, `brings the metrics to ${count}, at most ${limits.maxMetrics} are allowed`);
  }
  return result;
}
