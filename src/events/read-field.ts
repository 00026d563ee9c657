import type { EventLimits, Faults } from './fault.ts';
import type { PlacedField } from './fields.ts';
import { canonicalJson } from './ids.ts';
import { isObject, type JsonObject, type Measurements, present } from './values.ts';

/** The value at a path of one or two keys; undefined if there is none. */
export const at = (input: JsonObject, keys: readonly string[]): unknown => {
  // By index: destructuring an array costs an iterator, and this runs some twenty times an event.
  const value = input[keys[0] ?? ''];
  const inner = keys[1];
  if (inner === undefined) return value;
  return isObject(value) && Object.hasOwn(value, inner) ? value[inner] : undefined;
};

/** Reads a field from all its places. Different values are a fault; measurements of several places are united. */
export function readField(field: PlacedField, input: JsonObject, faults: Faults, limits: EventLimits): unknown {
  const found = readPlaces(field, field.places, field.read, input, faults, limits);
  if (found !== undefined || field.fallbacks.length === 0) return found;
  return readPlaces(field, field.fallbacks, field.readFallback, input, faults, limits);
}

function readPlaces(
  field: PlacedField,
  places: PlacedField['places'],
  read: PlacedField['read'],
  input: JsonObject,
  faults: Faults,
  limits: EventLimits,
): unknown {
  let found: unknown;
  let foundAt = '';
  for (const place of places) {
    const raw = at(input, place[1]);
    if (!present(raw)) continue;
    const path = place[0];
    const value = read(raw, path, faults, limits);
    if (value === undefined) continue;
    if (found === undefined) found = value;
    else if (field.kind === 'measurements')
      found = united(found as Measurements, value as Measurements, path, faults, limits);
    else if (canonicalJson(found) !== canonicalJson(value)) {
      faults.add('field_conflict', foundAt, `${foundAt} and ${path} differ`);
    }
    foundAt ||= path;
  }
  return found;
}

/** Unites two sets of measurements. A name with different values is a fault, and so are too many names together. */
export function united(
  a: Measurements,
  b: Measurements,
  path: string,
  faults: Faults,
  limits: EventLimits,
): Measurements {
  const result: Record<string, number> = { ...b, ...a };
  for (const [name, value] of Object.entries(b)) {
    // 0 and -0 count as the same number: JSON text of the same content may have lost the sign.
    const same = result[name] === value || Object.is(result[name], value);
    if (!same) faults.add('field_conflict', `${path}.${name}`, 'is given twice with different values');
  }
  const count = Object.keys(result).length;
  if (count > limits.maxMetrics) {
    faults.add('too_many', path, `increases the metrics to ${count}; the maximum is ${limits.maxMetrics}`);
  }
  return result;
}
