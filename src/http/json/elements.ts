const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Bytes scanned between two pauses: well under a millisecond. */
const PAUSE_BYTES = 65_536;

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Whether JSON text is an array. Throws a SyntaxError if more than `maxSpace` bytes of white space come before the value. */
export function isArray(bytes: Uint8Array, maxSpace: number): boolean {
  let at = 0;
  while (isSpace(bytes[at])) {
    at += 1;
    if (at > maxSpace) throw new SyntaxError(`more than ${maxSpace} bytes of white space come before the value`);
  }
  return bytes[at] === OPEN_ARRAY;
}

/**
 * The bytes of each element of a JSON array, white space included, cut without parsing them. Each element must still be
 * parsed: together with the checks here that shows the array to be valid JSON. Yields undefined from time to time while a
 * long element is scanned, so that its caller can pause. Throws a SyntaxError if the text is not an array.
 */
export function* elementsOf(bytes: Buffer): Generator<Buffer | undefined> {
  const end = bytes.length;
  let at = bytes.indexOf(OPEN_ARRAY) + 1;
  let start = at;
  let pauseAt = at + PAUSE_BYTES;
  let depth = 1;
  let elements = 0;
  let isBlank = true;
  let inString = false;
  for (; at < end && depth > 0; at += 1) {
    if (at >= pauseAt) {
      pauseAt = at + PAUSE_BYTES;
      yield undefined;
    }
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth > 0) continue;
      if (byte === CLOSE_OBJECT) throw new SyntaxError(`unexpected } at byte ${at} ends the array`);
      if (elements > 0 || !isBlank) yield bytes.subarray(start, at);
    } else if (byte === COMMA && depth === 1) {
      yield bytes.subarray(start, at);
      elements += 1;
      start = at + 1;
      pauseAt = start + PAUSE_BYTES;
    }
    isBlank &&= isSpace(byte);
  }
  if (depth > 0) throw new SyntaxError('the array does not end');
  for (; at < end; at += 1) {
    if (!isSpace(bytes[at])) throw new SyntaxError(`unexpected text at byte ${at} after the array`);
    if (at >= pauseAt) {
      pauseAt = at + PAUSE_BYTES;
      yield undefined;
    }
  }
}

/** Consecutive elements of an array, and the text from the first to the last of them. */
export interface ElementGroup {
  readonly elements: readonly Buffer[];
  readonly text: Buffer;
}

/** Elements of a group, at most: each is an object while the group is read. */
const MAX_GROUP = 256;

/**
 * The elements of a JSON array, as {@link elementsOf} cuts them, in groups of at most {@link MAX_GROUP} whose text has at
 * most `maxBytes`. A longer element is a group of its own.
 */
export function* groupsOf(bytes: Buffer, maxBytes: number): Generator<ElementGroup | undefined> {
  let elements: Buffer[] = [];
  let start = 0;
  let end = 0;
  for (const element of elementsOf(bytes)) {
    if (element === undefined) {
      yield undefined;
      continue;
    }
    const at = element.byteOffset - bytes.byteOffset;
    if (elements.length === MAX_GROUP || (elements.length > 0 && at + element.length - start > maxBytes)) {
      yield { elements, text: bytes.subarray(start, end) };
      elements = [];
    }
    if (elements.length === 0) start = at;
    elements.push(element);
    end = at + element.length;
  }
  if (elements.length > 0) yield { elements, text: bytes.subarray(start, end) };
}
