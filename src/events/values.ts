import { ExactInteger } from './exact-integer.ts';
import type { EventLimits, Faults } from './fault.ts';

/**
 * Reads one JSON value as one kind of field. Returns undefined, with the fault noted, when it is not one.
 */
export type Reader<T> = (value: unknown, path: string, faults: Faults, limits: EventLimits) => T | undefined;

/** A free-form JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Metric values by name. */
export type Measurements = Readonly<Record<string, number>>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactInteger);

/** null is absent, as Python's None is. */
export const present = (value: unknown): boolean => value !== undefined && value !== null;

const typeName = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'an array'
      : value instanceof ExactInteger
        ? 'a number'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;

const wrongType = (expected: string, value: unknown): string => `expected ${expected}, got ${typeName(value)}`;

/** An id or name: a string of 1..maxIdLength without control characters. */
export const readId: Reader<string> = (value, path, faults, limits) => {
  if (typeof value !== 'string') return faults.add('invalid_type', path, wrongType('a string', value));
  if (value.length === 0) return faults.add('invalid_value', path, 'must not be empty');
  if (value.length > limits.maxIdLength) {
    return faults.add('too_long', path, `has ${value.length} characters, at most ${limits.maxIdLength} are allowed`);
  }
  if (CONTROL.test(value)) return faults.add('control_character', path, 'must not hold control characters');
  if (!value.isWellFormed()) return faults.add('invalid_unicode', path, 'holds an unpaired surrogate');
  return value;
};

/** A text of up to maxTextLength. Control characters are kept, tracebacks have them; NUL is not, Postgres has no place for it. */
export const readText: Reader<string> = (value, path, faults, limits) => {
  if (typeof value !== 'string') return faults.add('invalid_type', path, wrongType('a string', value));
  if (value.length > limits.maxTextLength) {
    return faults.add('too_long', path, `has ${value.length} characters, at most ${limits.maxTextLength} are allowed`);
  }
  if (value.includes('\0')) return faults.add('control_character', path, 'must not hold the character NUL');
  if (!value.isWellFormed()) return faults.add('invalid_unicode', path, 'holds an unpaired surrogate');
  return value;
};

/** The six ways Python clients say true and false (seeds, document 002). */
export const readBoolean: Reader<boolean> = (value, path, faults) => {
  if (value === true || value === 'true' || value === 1) return true;
  if (value === false || value === 'false' || value === 0) return false;
  return faults.add('invalid_value', path, 'expected true, false, "true", "false", 1 or 0');
};

/** A double: what is declared to be one is rounded to one. */
const readNumber = (given: unknown, path: string, faults: Faults): number | undefined => {
  const value = given instanceof ExactInteger ? Number(given.text) : given;
  if (typeof value !== 'number') return faults.add('invalid_type', path, wrongType('a number', value));
  if (!Number.isFinite(value)) return faults.add('number_out_of_range', path, 'is beyond what a double holds');
  return value;
};

/** A number >= 0; -0 is 0. */
export const readAmount: Reader<number> = (value, path, faults) => {
  const number = readNumber(value, path, faults);
  if (number === undefined) return undefined;
  if (number >= 0) return number + 0;
  return faults.add('invalid_value', path, `must be >= 0, got ${number}`);
};

const integerFrom =
  (least: number, greatest: number): Reader<number> =>
  (value, path, faults) => {
    const number = readNumber(value, path, faults);
    if (number === undefined) return undefined;
    if (Number.isInteger(number) && number >= least && number <= greatest) return number + 0;
    return faults.add('invalid_value', path, `must be an integer from ${least} to ${greatest}, got ${number}`);
  };

/** Integers that a double holds exactly; the Avro library writes none above 2^53 - 2. */
export const COUNT_RANGE = [0, Number.MAX_SAFE_INTEGER - 1] as const;
/** Integers of 32 bits. */
export const RANK_RANGE = [1, 2_147_483_647] as const;

/** An integer of {@link COUNT_RANGE}. */
export const readCount = integerFrom(...COUNT_RANGE);

/** An integer of {@link RANK_RANGE}. */
export const readRank = integerFrom(...RANK_RANGE);

/** One of `options`. */
export const oneOf =
  <T extends string>(options: readonly T[]): Reader<T> =>
  (value, path, faults) => {
    const found = options.find((option) => option === value);
    return found ?? faults.add('invalid_value', path, `expected one of ${options.join(', ')}`);
  };

/** Doubles that JSON has no number for, by the text they travel as. */
export const SPECIAL_VALUES: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** A metric value: a double, or one of the texts "NaN", "Infinity", "-Infinity" that JSON needs for the rest of them. */
export const readMetricValue: Reader<number> = (value, path, faults) => {
  if (typeof value === 'number' || value instanceof ExactInteger) return readNumber(value, path, faults);
  return (
    SPECIAL_VALUES.get(value) ??
    faults.add(
      'invalid_type',
      path,
      `${wrongType('a number', value)}; NaN and infinities are "NaN", "Infinity", "-Infinity"`,
    )
  );
};

/** An object of metric values by name. */
export const readMeasurements: Reader<Measurements> = (value, path, faults, limits) => {
  if (!isObject(value)) return faults.add('invalid_type', path, wrongType('an object of numbers', value));
  const names = Object.keys(value);
  if (names.length > limits.maxMetrics) {
    return faults.add('too_many', path, `has ${names.length} metrics, at most ${limits.maxMetrics} are allowed`);
  }
  const result: Record<string, number> = {};
  for (const name of names) {
    const at = `${path}.${name}`;
    // A map with this key cannot be built as a plain object, which is what Avro decodes to everywhere in JavaScript.
    if (name === '__proto__') faults.add('forbidden_key', at, 'a metric cannot have this name');
    else if (readId(name, at, faults, limits) !== undefined) {
      const number = readMetricValue(value[name], at, faults, limits);
      if (number !== undefined) result[name] = number;
    }
  }
  return result;
};

/** A free-form JSON object within the bounds of depth and keys, in well-formed Unicode, every number finite. */
export const readJsonObject: Reader<JsonObject> = (value, path, faults, limits) => {
  if (!isObject(value)) return faults.add('invalid_type', path, wrongType('an object', value));
  return checkJson(value, path, faults, limits) ? value : undefined;
};

/** Checks a JSON tree without recursion, so that its depth costs no stack. */
function checkJson(root: JsonObject, path: string, faults: Faults, limits: EventLimits): boolean {
  let keys = 0;
  let level: unknown[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.maxDepth) {
      faults.add('too_deep', path, `is nested deeper than ${limits.maxDepth} levels`);
      return false;
    }
    const next: unknown[] = [];
    for (const node of level) {
      const isArray = Array.isArray(node);
      for (const key in node as object) {
        const item = (node as Record<string, unknown>)[key];
        keys += 1;
        if (!isArray && !isPlain(key)) return notPlain(key, path, faults);
        if (typeof item === 'string') {
          if (!isPlain(item)) return notPlain(item, path, faults);
        } else if (typeof item === 'number') {
          if (!Number.isFinite(item)) {
            faults.add('number_out_of_range', path, `${key} is beyond what a double holds; send it as text`);
            return false;
          }
        } else if (typeof item === 'object' && item !== null && !(item instanceof ExactInteger)) next.push(item);
      }
    }
    if (keys > limits.maxKeys) {
      faults.add('too_many', path, `has more than ${limits.maxKeys} entries`);
      return false;
    }
    level = next;
  }
  return true;
}

/** Text that UTF-8 and Postgres (jsonb refuses NUL) can both hold. */
const isPlain = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

function notPlain(text: string, path: string, faults: Faults): false {
  if (text.isWellFormed()) faults.add('control_character', path, 'must not hold the character NUL');
  else faults.add('invalid_unicode', path, 'holds an unpaired surrogate');
  return false;
}
