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
        found = united(found as Measurements, value as Measurements, path, faults);
      else if (canonicalJson(found) !== canonicalJson(value)) {
        faults.add('field_conflict', foundAt, `${foundAt} and ${path} differ`);
      }
      foundAt ||= path;
    }
    if (found !== undefined) break;
  }
  return found;
}

/** Both sets of measurements; a name in both with different values is a fault. */
export function united(a: Measurements, b: Measurements, path: string, faults: Faults): Measurements {
  const result: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    if (Object.hasOwn(a, name) && !Object.is(a[name], value)) {
      faults.add('field_conflict', `${path}.${name}`, 'is given twice with different values');
    }
    result[name] = value;
  }
  return result;
}
