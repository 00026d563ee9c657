import { readMetricValue } from './numbers.ts';
import { isObject, type Measurements, present, type Reader, readName, wrongType } from './values.ts';

/** An object of metric values by name; a name with null has no value and is left out. */
export const readMeasurements: Reader<Measurements> = (value, path, faults, limits) => {
  if (!isObject(value)) return faults.add('invalid_type', path, wrongType('an object of numbers', value));
  const names = Object.keys(value);
  if (names.length > limits.maxMetrics) {
    return faults.add('too_many', path, `has ${names.length} metrics; the maximum is ${limits.maxMetrics}`);
  }
  const result: Record<string, number> = {};
  for (const name of names) {
    const at = `${path}.${name}`;
    // A map with this key cannot be built as a plain object, which is what Avro decodes to everywhere in JavaScript.
    if (name === '__proto__') faults.add('forbidden_key', at, 'a metric cannot have this name');
    else if (readName(name, at, faults, limits) !== undefined && present(value[name])) {
      const number = readMetricValue(value[name], at, faults, limits);
      if (number !== undefined) result[name] = number;
    }
  }
  return result;
};
