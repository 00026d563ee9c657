import type { Reader } from './values.ts';

const ISO_8601 =
  /^(\d{4}-(\d{2})-(\d{2}))[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** 0001-01-01, the least time that Python's datetime holds; a Date and Postgres hold it too. */
export const LEAST_TIME_MS = -62_135_596_800_000;
/** The largest time an ECMAScript Date holds (ECMA-262, 21.4.1.1); Postgres and Avro hold more. */
export const GREATEST_TIME_MS = 8.64e15;

/**
 * A point in time as epoch milliseconds, from ISO 8601 or a number of epoch milliseconds. A time without offset is UTC,
 * as Python's `datetime.utcnow().isoformat()` writes it; digits below the millisecond are cut.
 */
export const readTimestamp: Reader<number> = (value, path, faults) => {
  const time =
    typeof value === 'number' ? Math.floor(value) + 0 : typeof value === 'string' ? parseIso(value) : Number.NaN;
  if (time >= LEAST_TIME_MS && time <= GREATEST_TIME_MS) return time;
  return faults.add(
    'invalid_timestamp',
    path,
    'expected ISO 8601, as "2025-10-05T12:34:56.789Z", or epoch milliseconds',
  );
};

function parseIso(text: string): number {
  const match = ISO_8601.exec(text);
  if (match === null) return Number.NaN;
  const [, date, , day, time = '', zone = 'Z'] = match;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  // Date.parse rolls 30 February over into March; such a day is a fault.
  if (new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(day)) return Number.NaN;
  return Date.parse(`${date}T${time.replace(',', '.').replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
}
