/** What one pass over JSON bytes tells before they are parsed. Of bytes that are not JSON it tells nothing of use. */
export interface Survey {
  /** Members of all objects, a key given twice counted twice. */
  readonly members: number;
  /** Levels of nesting. */
  readonly depth: number;
  /** Whether some integer has so many digits that a double may not hold it. */
  readonly hasLongInteger: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const POINT = 0x2e;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Every integer of this many digits is below 2^53. */
const SAFE_DIGITS = 15;
/** So far below zero that the digits of a fraction never count as those of an integer. */
const FRACTION = -1_000_000_000;

/**
 * Surveys JSON in one pass. It is what makes the strict rules cheap: the number of members, against that of the parsed
 * value, shows a key given twice, and the slow and exact way is taken only where long integers stand.
 */
export function surveyJson(bytes: Uint8Array): Survey {
  let members = 0;
  let depth = 0;
  let deepest = 0;
  let digits = 0;
  let longest = 0;
  const end = bytes.length;
  for (let at = 0; at < end; ) {
    const byte = bytes[at++];
    if (byte === QUOTE) {
      while (at < end) {
        const inner = bytes[at++];
        if (inner === QUOTE) break;
        if (inner === BACKSLASH) at += 1;
      }
    } else if (byte === COLON) {
      members += 1;
      digits = 0;
    } else if (byte === COMMA) {
      digits = 0;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      digits = 0;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
    } else if (byte === POINT) {
      digits = FRACTION;
    } else if (byte !== undefined && byte >= 0x30 && byte <= 0x39) {
      digits += 1;
      if (digits > longest) longest = digits;
    }
  }
  return { members, depth: deepest, hasLongInteger: longest > SAFE_DIGITS };
}

/** Members of all objects in a parsed value, whose depth must be known to be small. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item);
    return count;
  }
  // Parsed JSON inherits nothing enumerable, so this is every own key.
  for (const key in value) {
    count += 1;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object') count += countMembers(item);
  }
  return count;
}
