import { hash } from 'node:crypto';
import { ExactInteger } from './exact-number.ts';

/** The digit with the variant of RFC 9562, by its two free bits. */
const VARIANTS = '89ab';

/** A time has 48 bits. */
const HALF = 2 ** 24;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Thunderline's own namespace for name-based UUIDs: UUIDv5 of "thunderline" in the URL namespace of RFC 9562. */
const NAMESPACE = Buffer.from('6ce8b8dfe12f50128d152fd250cca8ba', 'hex');

/** The namespace, and room for a short name after it: hashing from new buffers takes twice as long. */
const HASHED = Buffer.concat([NAMESPACE, Buffer.alloc(1_024)]);
/** A UTF-16 unit has three bytes in UTF-8 at most. */
const SHORT = (HASHED.length - NAMESPACE.length) / 3;

export const isUuid = (text: string): boolean => UUID.test(text);

const format = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

/** UUIDv5 (RFC 9562, section 5.5) of `name` in Thunderline's namespace: the same name always has the same id. */
export function uuidV5(name: string): string {
  const digest = hash('sha1', withNamespace(name), 'hex');
  const variant = ((Number.parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return format(`${digest.slice(0, 12)}5${digest.slice(13, 16)}${variant}${digest.slice(18, 32)}`);
}

function withNamespace(name: string): Buffer {
  if (name.length > SHORT) return Buffer.concat([NAMESPACE, Buffer.from(name, 'utf8')]);
  return HASHED.subarray(0, NAMESPACE.length + HASHED.write(name, NAMESPACE.length, 'utf8'));
}

/** The first digits of a UUIDv7: its time, in the notation of the id. All ids of one request share them. */
export function uuidV7Time(timeMs: number): string {
  // In halves: JavaScript converts a number beyond 32 bits by dividing doubles, which is ten times slower.
  const high = Math.floor(timeMs / HALF);
  const time = high.toString(16).padStart(6, '0') + (timeMs - high * HALF).toString(16).padStart(6, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7`;
}

/**
 * A UUIDv7 (RFC 9562, section 5.7) from its {@link uuidV7Time} and twenty random hexadecimal digits. Both are arguments, so
 * that the pure core stays pure, and one call can supply the digits of many ids.
 */
export function uuidV7OfHex(time: string, digits: string): string {
  const variant = VARIANTS.charAt(Number.parseInt(digits.charAt(4), 16) & 3);
  return `${time}${digits.slice(1, 4)}-${variant}${digits.slice(5, 8)}-${digits.slice(8, 20)}`;
}

/** The id of an event or command as it is stored: a UUID in lower case. Any other text becomes its UUIDv5. */
export const normaliseId = (id: string): string => (isUuid(id) ? id.toLowerCase() : uuidV5(id));

/**
 * JSON with the keys of every object in order: equal content has equal text, and only equal content, so -0 keeps its sign.
 * Doubles that JSON has no number for are written as in events: "NaN", "Infinity", "-Infinity".
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return '-0';
  if (value instanceof ExactInteger) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members: string[] = [];
  // The default order of sort() is that of UTF-16 units, and many times faster than a function that compares them.
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(item)}`);
  }
  return `{${members.join(',')}}`;
}
