import { doubleOf, ExactInteger } from './exact-number.ts';
import type { Faults } from './fault.ts';
import { type Reader, wrongType } from './values.ts';

/**
 * Numbers as text: `json.dumps(..., default=str)`, the usual remedy for NumPy scalars, writes them so. Exported as the
 * patterns of the OpenAPI document.
 */
export const NUMBER_TEXT = /^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
export const AMOUNT_TEXT = /^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
/** At most 15 digits, so that every such text is within {@link COUNT_RANGE}. */
export const COUNT_TEXT = /^[0-9]{1,15}(\.0+)?$/;
/** At most 9 digits, so that every such text is within {@link RANK_RANGE}. */
export const RANK_TEXT = /^[1-9][0-9]{0,8}(\.0+)?$/;
/** At most 5 digits, so that every such text is within {@link ATTEMPT_RANGE}. */
export const ATTEMPT_TEXT = /^[0-9]{1,5}(\.0+)?$/;

/** Text of a number: the pattern that it matches, and the description of every accepted value in messages. */
interface NumberText {
  readonly pattern: RegExp;
  readonly expected: string;
}

const ANY: NumberText = { pattern: NUMBER_TEXT, expected: 'a number' };
const AMOUNT: NumberText = { pattern: AMOUNT_TEXT, expected: 'a number >= 0, or its text' };
const COUNT: NumberText = { pattern: COUNT_TEXT, expected: 'an integer >= 0, or its text of at most 15 digits' };
const RANK: NumberText = { pattern: RANK_TEXT, expected: 'an integer >= 1, or its text of at most 9 digits' };
const ATTEMPT: NumberText = { pattern: ATTEMPT_TEXT, expected: 'an integer >= 0, or its text of at most 5 digits' };

/** A double; a number that has more digits is rounded to one. Text counts as a number where its pattern matches. */
function readNumber(
  value: unknown,
  { pattern, expected }: NumberText,
  path: string,
  faults: Faults,
): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const text = value instanceof ExactInteger ? value.text : value;
  const isText = typeof text === 'string' && (text !== value || pattern.test(text));
  if (!isText && typeof value !== 'number') return faults.add('invalid_type', path, wrongType(expected, value));
  const number = isText ? doubleOf(text) : Number.POSITIVE_INFINITY;
  if (Number.isFinite(number)) return number;
  return faults.add('number_out_of_range', path, 'is outside the range of a double');
}

/** A number >= 0; -0 is 0. */
export const readAmount: Reader<number> = (value, path, faults) => {
  const number = readNumber(value, AMOUNT, path, faults);
  if (number === undefined) return undefined;
  if (number >= 0) return number + 0;
  return faults.add('invalid_value', path, `must be >= 0, got ${number}`);
};

const integerFrom =
  (least: number, greatest: number, text: NumberText): Reader<number> =>
  (value, path, faults) => {
    const number = readNumber(value, text, path, faults);
    if (number === undefined) return undefined;
    if (Number.isInteger(number) && number >= least && number <= greatest) return number + 0;
    return faults.add('invalid_value', path, `must be an integer from ${least} to ${greatest}, got ${number}`);
  };

/** Integers that a double holds exactly; the Avro library writes none above 2^53 - 2. */
export const COUNT_RANGE = [0, Number.MAX_SAFE_INTEGER - 1] as const;
/** Positive integers of 32 bits. */
export const RANK_RANGE = [1, 2_147_483_647] as const;
/** Integers of five digits, which is what a version of the merge law has room for. */
export const ATTEMPT_RANGE = [0, 99_999] as const;

/** An integer of {@link COUNT_RANGE}. */
export const readCount = integerFrom(...COUNT_RANGE, COUNT);

/** An integer of {@link RANK_RANGE}. */
export const readRank = integerFrom(...RANK_RANGE, RANK);

/** An integer of {@link ATTEMPT_RANGE}. */
export const readAttempt = integerFrom(...ATTEMPT_RANGE, ATTEMPT);

/** Whether a number is an integer of {@link ATTEMPT_RANGE}. */
export const isAttempt = (number: number): boolean =>
  Number.isInteger(number) && number >= ATTEMPT_RANGE[0] && number <= ATTEMPT_RANGE[1];

/**
 * An epoch as a step: the number of completed epochs. Trainers that report several times an epoch send fractions (Hugging
 * Face's Trainer logs `"epoch": 0.33`).
 */
export const readEpoch: Reader<number> = (value, path, faults, limits) => {
  const epoch = readAmount(value, path, faults, limits);
  return epoch === undefined ? undefined : readCount(Math.floor(epoch), path, faults, limits);
};

/** Doubles that JSON has no number for, by their text in JSON, JavaScript and Java, and in Python and NumPy. */
export const SPECIAL_VALUES: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

/**
 * A metric value: a double, as a number or as text; one of {@link SPECIAL_VALUES}; or a boolean, which is 1 or 0 as in
 * Python.
 */
export const readMetricValue: Reader<number> = (value, path, faults) => {
  if (typeof value === 'number' || value instanceof ExactInteger) return readNumber(value, ANY, path, faults);
  if (typeof value === 'boolean') return value ? 1 : 0;
  const special = SPECIAL_VALUES.get(value);
  if (special !== undefined) return special;
  if (typeof value === 'string' && NUMBER_TEXT.test(value)) return readNumber(value, ANY, path, faults);
  const message = `${wrongType('a number', value)}; NaN and infinities are "NaN", "Infinity", "-Infinity"`;
  return faults.add('invalid_type', path, message);
};
