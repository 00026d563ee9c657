import { ExactInteger } from './exact-number.ts';
import type { Reader } from './values.ts';

const ISO_8601 =
  /^(\d{4}-(\d{2})-(\d{2}))[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]00(?::?00)?[Zz]|[+-]\d{2}(?::?\d{2})?)?$/;

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z, the range of Python's datetime; a Date, Postgres and Avro hold more. */
export const LEAST_TIME_MS = -62_135_596_800_000;
export const GREATEST_TIME_MS = 253_402_300_799_999;

/** The least number of epoch milliseconds, in March 1973: epoch seconds are below it until the year 5138. */
export const LEAST_EPOCH_MS = 100_000_000_000;

/** Epoch milliseconds as text: `json.dumps(..., default=str)` writes NumPy scalars so. The last of 14 digits is in the year 5138. */
export const EPOCH_TEXT = /^[1-9][0-9]{11,13}(\.[0-9]{1,9})?$/;
/** The text of a number in any unit, so that the fault of a wrong unit can name it. */
const NUMBER_TEXT = /^-?(?:0|[1-9][0-9]{0,19})(?:\.[0-9]{1,9})?$/;

/** Whether a time in epoch milliseconds is within the years 1 to 9999. */
export const isTime = (timeMs: number): boolean => timeMs >= LEAST_TIME_MS && timeMs <= GREATEST_TIME_MS;

/**
 * A point in time as epoch milliseconds, from ISO 8601 or a number of epoch milliseconds, which may be text. A time without offset is UTC,
 * as Python's `datetime.utcnow().isoformat()` writes it; digits below the millisecond are cut ({@link digitsBelowMs}).
 */
export const readTimestamp: Reader<number> = (value, path, faults) => {
  const number = numberOf(value);
  if (typeof number === 'number' && Number.isFinite(number)) {
    if (number >= LEAST_EPOCH_MS && number <= GREATEST_TIME_MS) return Math.floor(number);
    return faults.add('invalid_timestamp', path, `${number} ${mistakeOf(number)}`);
  }
  // Infinity represents a number beyond the range of doubles.
  if (typeof number === 'number') return faults.add('number_out_of_range', path, 'is outside the range of a double');
  const time = typeof value === 'string' ? parseIso(value) : Number.NaN;
  if (isTime(time)) return time;
  return faults.add(
    'invalid_timestamp',
    path,
    'expected ISO 8601 in the years 1 to 9999, as "2025-10-05T12:34:56.789Z", or epoch milliseconds',
  );
};

/** The number that a value is or that its text is; any other value as it is. */
function numberOf(value: unknown): unknown {
  if (value instanceof ExactInteger) return Number(value.text);
  return typeof value === 'string' && NUMBER_TEXT.test(value) ? Number(value) : value;
}

/** The likely mistake of a number that is no epoch milliseconds, and the remedy. */
function mistakeOf(number: number): string {
  if (number <= 0) return `is below ${LEAST_EPOCH_MS} (March 1973), the least epoch milliseconds; send ISO 8601`;
  const unit = number < LEAST_EPOCH_MS ? 'seconds' : 'microseconds or nanoseconds';
  return `looks like ${unit}; send milliseconds, or ISO 8601`;
}

function parseIso(text: string): number {
  const match = ISO_8601.exec(text);
  if (match === null) return Number.NaN;
  const [, date, , day, minutes, seconds = '00', digits = '', zone = 'Z'] = match;
  // Date.parse rolls 30 February over into March; such a day is a fault.
  if (new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(day)) return Number.NaN;
  const isLeap = seconds === '60';
  const time = Date.parse(
    `${date}T${minutes}:${isLeap ? '59' : seconds}.${digits.slice(0, 3).padEnd(3, '0')}${offsetOf(zone)}`,
  );
  return isLeap ? afterLeapSecond(time) : time;
}

/** `datetime.now(timezone.utc).isoformat() + 'Z'`, a common mistake, gives UTC twice: `+00:00Z`. */
function offsetOf(zone: string): string {
  if (/z$/i.test(zone)) return 'Z';
  return zone.length === 3 ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
}

/**
 * The time one second after `time`, as POSIX and Postgres read a leap second: 23:59:60 is the next 00:00:00. NaN unless that
 * begins a month in UTC, the only place of leap seconds (RFC 3339, appendix D).
 */
function afterLeapSecond(time: number): number {
  const next = new Date(time + 1_000);
  const isNewMonth = next.getUTCDate() === 1 && next.getUTCHours() + next.getUTCMinutes() + next.getUTCSeconds() === 0;
  return isNewMonth ? next.getTime() : Number.NaN;
}

/**
 * The digits of a readable timestamp below its millisecond, without zeros at the end: two events may differ in nothing else.
 */
export function digitsBelowMs(value: unknown): string {
  const number = numberOf(value);
  if (typeof number === 'number') return /\.(\d+)$/.exec(String(number))?.[1] ?? '';
  return typeof value === 'string' ? (/[.,]\d{3}(\d*?)0*(?:\D|$)/.exec(value)?.[1] ?? '') : '';
}
