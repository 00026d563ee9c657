/** Facts collected in one pass over JSON bytes, before parsing. Meaningless if the bytes are not valid JSON. */
export interface Survey {
  /** Members of all objects, a key given twice counted twice. */
  readonly members: number;
  /** A bound on the values in all objects and arrays: commas and opening brackets. */
  readonly entries: number;
  /** Levels of nesting. */
  readonly depth: number;
  /** Whether `JSON.parse` may change some number: a long integer, or a number so small that it would become 0. */
  readonly hasExtremeNumber: boolean;
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
const UPPER_E = 0x45;
const LOWER_E = 0x65;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Every integer of this many digits is below 2^53. */
const SAFE_DIGITS = 15;
/**
 * The counts of the digits of a fraction and of an exponent start at values with which they pass SAFE_DIGITS where a
 * number may become 0: with 200 digits of fraction, or an exponent of three digits. With less, no number is below
 * 1e-299.
 */
const FRACTION = SAFE_DIGITS - 199;
const EXPONENT = SAFE_DIGITS - 2;

/**
 * Surveys JSON in one pass. The survey makes the strict rules cheap: if the parsed value has fewer members than the text, a
 * key was given twice, and only texts with extreme numbers need the slow, exact parser.
 */
export function surveyJson(bytes: Uint8Array): Survey {
  let members = 0;
  let entries = 0;
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
      entries += 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      digits = 0;
      entries += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
    } else if (byte === POINT) {
      digits = FRACTION;
    } else if (byte !== undefined && byte >= 0x30 && byte <= 0x39) {
      digits += 1;
      if (digits > longest) longest = digits;
    } else if ((byte === LOWER_E || byte === UPPER_E) && isDigit(bytes[at - 2])) {
      digits = EXPONENT;
    }
  }
  return { members, entries, depth: deepest, hasExtremeNumber: longest > SAFE_DIGITS };
}
