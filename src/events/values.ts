import { isDots } from './dots.ts';
import { ExactInteger } from './exact-number.ts';
import { EVENT_LIMITS, type EventLimits, type Faults } from './fault.ts';

/**
 * Reads one JSON value as one kind of field. Returns undefined and adds a fault if the value does not fit.
 */
export type Reader<T> = (value: unknown, path: string, faults: Faults, limits: EventLimits) => T | undefined;

/** A free-form JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Metric values by name. */
export type Measurements = Readonly<Record<string, number>>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Control characters and surrogates, paired or not: for most ids one match decides both rules. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const SUSPECT = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactInteger);

/** Whether a value is given; null counts as absent, as None does in Python. */
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

export const wrongType = (expected: string, value: unknown): string => `expected ${expected}, got ${typeName(value)}`;

/**
 * Whether a text is an id or name by the default limits. Also false for `.`, `..` and any text with surrogates, even paired
 * ones, which the table then examines.
 */
export const isId = (text: string): boolean =>
  text.length > 0 && text.length <= EVENT_LIMITS.maxIdLength && !SUSPECT.test(text) && !isDots(text);

/** An id: a name that addresses can contain. */
export const readId: Reader<string> = (value, path, faults, limits) => {
  if (typeof value === 'string' && isDots(value)) {
    return faults.add('invalid_value', path, `must not be "${value}": browsers remove it from the address of a page`);
  }
  return readName(value, path, faults, limits);
};

/** A name: a string of 1..maxIdLength without control characters. */
export const readName: Reader<string> = (value, path, faults, limits) => {
  if (typeof value !== 'string') return faults.add('invalid_type', path, wrongType('a string', value));
  if (value.length === 0) return faults.add('invalid_value', path, 'must not be empty');
  if (value.length > limits.maxIdLength) {
    return faults.add('too_long', path, `has ${value.length} characters; the maximum is ${limits.maxIdLength}`);
  }
  if (!SUSPECT.test(value)) return value;
  if (CONTROL.test(value)) return faults.add('control_character', path, 'must not contain control characters');
  return value.isWellFormed() ? value : faults.add('invalid_unicode', path, 'contains an unpaired surrogate');
};

/** A text of up to maxTextLength. Control characters are kept, because tracebacks have them; Postgres cannot store NUL. */
export const readText: Reader<string> = (value, path, faults, limits) => {
  if (typeof value !== 'string') return faults.add('invalid_type', path, wrongType('a string', value));
  if (value.length > limits.maxTextLength) {
    return faults.add('too_long', path, `has ${value.length} characters; the maximum is ${limits.maxTextLength}`);
  }
  if (value.includes('\0')) return faults.add('control_character', path, 'must not contain the character NUL');
  if (!value.isWellFormed()) return faults.add('invalid_unicode', path, 'contains an unpaired surrogate');
  return value;
};

/** The six notations of true and false that Python clients send. */
export const readBoolean: Reader<boolean> = (value, path, faults) => {
  if (value === true || value === 'true' || value === 1) return true;
  if (value === false || value === 'false' || value === 0) return false;
  return faults.add('invalid_value', path, 'expected true, false, "true", "false", 1 or 0');
};

/** One of `options`. */
export const readOneOf =
  <T extends string>(options: readonly T[]): Reader<T> =>
  (value, path, faults) => {
    const found = options.find((option) => option === value);
    return found ?? faults.add('invalid_value', path, `expected one of ${options.join(', ')}`);
  };
