import { hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * An API key: `tlk_<id>_<secret><checksum>` in lower-case base 32.
 *
 * - `tlk_` makes a key that leaked recognisable to people and to secret scanners.
 * - The id (80 random bits) is not secret: it is the primary key of the row, so a look-up is one indexed read. `keys list`
 *   shows it, and `keys revoke` accepts it.
 * - The secret has 160 random bits.
 * - The checksum (CRC-32 of everything before it) distinguishes a mistyped or cut key from an unknown one without a query.
 *
 * Postgres stores the SHA-256 of the whole key. A slow, salted hash protects secrets that people choose, because those can
 * be guessed; 160 random bits cannot, so it would only make each look-up slow.
 */
export interface ApiKey {
  readonly id: string;
  readonly hash: Buffer;
}

const KEY_PREFIX = 'tlk_';
const ID_LENGTH = 16;
const CHECKSUM_LENGTH = 7;
/** RFC 4648, section 6, in lower case. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const KEY = /^tlk_[a-z2-7]{16}_[a-z2-7]{39}$/;
export const KEY_ID = /^[a-z2-7]{16}$/;

/** Random bytes that {@link mintKey} needs: ten for the id and twenty for the secret. */
export const KEY_RANDOM_BYTES = 30;

/** Makes a key from `random`, which must come from a cryptographic source. */
export function mintKey(random: Uint8Array): string {
  if (random.length !== KEY_RANDOM_BYTES) throw new RangeError(`a key needs ${KEY_RANDOM_BYTES} random bytes`);
  const body = `${KEY_PREFIX}${base32(random.subarray(0, 10))}_${base32(random.subarray(10))}`;
  return body + checksum(body);
}

/** The id and hash of a presented key; undefined if the text is not a key of Thunderline. */
export function readKey(text: string): ApiKey | undefined {
  if (!KEY.test(text)) return undefined;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  if (text.slice(-CHECKSUM_LENGTH) !== checksum(body)) return undefined;
  return {
    id: text.slice(KEY_PREFIX.length, KEY_PREFIX.length + ID_LENGTH),
    hash: hash('sha256', text, 'buffer'),
  };
}

/** Compares in constant time, so that the duration does not reveal where the two differ. */
export const sameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

function checksum(body: string): string {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(crc32(body));
  return base32(bytes);
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
}
