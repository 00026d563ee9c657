const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The first byte that is not white space, after a byte order mark where there is one. */
export function firstByte(bytes: Uint8Array): number | undefined {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (isSpace(bytes[at])) at += 1;
  return bytes[at];
}

export const isArray = (bytes: Uint8Array): boolean => firstByte(bytes) === OPEN_ARRAY;

/**
 * The bytes of each element of a JSON array, white space included, cut without parsing them. Each element must still be
 * parsed: together with the checks here that shows the array to be valid JSON. Throws a SyntaxError where it is not one.
 */
export function* elementsOf(bytes: Buffer): Generator<Buffer> {
  const end = bytes.length;
  let at = bytes.indexOf(OPEN_ARRAY) + 1;
  let start = at;
  let depth = 1;
  let elements = 0;
  for (; at < end && depth > 0; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      for (at += 1; at < end && bytes[at] !== QUOTE; at += 1) if (bytes[at] === BACKSLASH) at += 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0 && byte === CLOSE_OBJECT) throw new SyntaxError(`unexpected } at byte ${at} ends the array`);
    } else if (byte === COMMA && depth === 1) {
      yield bytes.subarray(start, at);
      elements += 1;
      start = at + 1;
    }
  }
  if (depth > 0) throw new SyntaxError('the array does not end');
  const last = bytes.subarray(start, at - 1);
  if (elements > 0 || !last.every(isSpace)) yield last;
  for (; at < end; at += 1)
    if (!isSpace(bytes[at])) throw new SyntaxError(`unexpected text at byte ${at} after the array`);
}
