import { isUtf8 } from 'node:buffer';
import { countMembers } from '../../events/count-members.ts';
import { parseExactly } from '../../events/exact-number.ts';
import type { Fault } from '../../events/fault.ts';
import { findDuplicateKey } from '../../events/find-duplicate-key.ts';
import { printable } from '../../printable.ts';
import { type Survey, surveyJson } from './survey.ts';

export type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: Fault };

/**
 * Levels of nesting beyond which a value is not read. The rules for free-form JSON are stricter and name the field; this
 * bound only protects the stack of recursive functions.
 */
const MAX_NESTING = 500;

const MAX_MESSAGE = 300;

/** The parser's messages about one character: they quote it or have its position. */
const ONE_CHARACTER = /^Unexpected token '(.)'|^(?:Expected|Unexpected non-whitespace).* at position (\d+)/s;
/** Characters that readers cannot see. */
const INVISIBLE = /[\p{C}\p{Z}]/u;
const BYTE_ORDER_MARK = '\ufeff';

/** Tokens that are numbers in JavaScript and Python, and not in JSON. */
const BARE_NON_FINITE = /(?:^|[[,:])\s*(-?(?:NaN|Infinity))\s*(?:$|[\],}])/;

const fault = (code: Fault['code'], path: string, message: string): Read => ({
  ok: false,
  fault: { code, path, message },
});

export const tooLarge = (bytes: number, maxBytes: number): Read =>
  fault('event_too_large', '', `has ${bytes} bytes, the limit is ${maxBytes}`);

/** JSON text as a value; its syntax errors are faults. */
function parseText(text: string, survey: Survey): Read {
  try {
    return { ok: true, value: survey.hasExtremeNumber ? parseExactly(text) : JSON.parse(text) };
  } catch (error) {
    return fault('malformed_json', '', explain(text, error as Error));
  }
}

/** The text without its byte order mark, which a parser may ignore at the start of a text only (RFC 8259, section 8.1). */
export const withoutMark = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/** The bounds of one value, which also bound the time to read it: some 10 ms for the longest. */
export interface JsonLimits {
  readonly maxBytes: number;
  /** Values in all objects and arrays together. */
  readonly maxEntries: number;
  /** The same for a value with numbers that need the exact parser, which takes ten times as long. */
  readonly maxExactEntries: number;
}

/**
 * One JSON value, strictly: valid UTF-8, bounded in bytes, entries and depth, no key twice in an object, integers exact.
 */
export function readJson(bytes: Buffer, { maxBytes, maxEntries, maxExactEntries }: JsonLimits): Read {
  if (bytes.length > maxBytes) return tooLarge(bytes.length, maxBytes);
  if (!isUtf8(bytes)) return fault('invalid_encoding', '', 'is not valid UTF-8');
  const survey = surveyJson(bytes);
  if (survey.depth > MAX_NESTING) return fault('too_deep', '', `is nested deeper than ${MAX_NESTING} levels`);
  const most = survey.hasExtremeNumber ? maxExactEntries : maxEntries;
  if (survey.entries > most) return fault('too_many', '', `holds more than ${most} values`);
  const text = bytes.toString('utf8');
  const read = parseText(text, survey);
  if (!read.ok || !hasDuplicates(text, read.value, survey)) return read;
  const path = findDuplicateKey(text) ?? '';
  return fault('duplicate_key', path.slice(0, MAX_MESSAGE), 'is given twice in one object');
}

function hasDuplicates(text: string, value: unknown, survey: Survey): boolean {
  // An exact integer is an object with members of its own, so members are counted in the plain value.
  return countMembers(survey.hasExtremeNumber ? JSON.parse(text) : value) !== survey.members;
}

/** Values of an array that is parsed in one piece: some 2 ms of work. Ordinary events have fewer in as many bytes. */
const MAX_ENTRIES_AT_ONCE = 32_768;

/**
 * The elements of a small JSON array, each as {@link readJson} returns it, if every element is certain to be correct.
 * Undefined otherwise, and if there are too many values for one piece: then the elements must be read in groups or alone.
 */
export function readCleanArray(bytes: Buffer): readonly unknown[] | undefined {
  const survey = surveyJson(bytes);
  if (survey.entries > MAX_ENTRIES_AT_ONCE || !mayBeClean(bytes, survey)) return undefined;
  return parseClean(bytes.toString('utf8'), survey);
}

/** The same for consecutive elements of an array, with the commas between them. */
export function readCleanElements(bytes: Buffer): readonly unknown[] | undefined {
  const survey = surveyJson(bytes);
  return mayBeClean(bytes, survey) ? parseClean(`[${bytes.toString('utf8')}]`, survey) : undefined;
}

const mayBeClean = (bytes: Buffer, { depth, hasExtremeNumber }: Survey): boolean =>
  depth <= MAX_NESTING && !hasExtremeNumber && isUtf8(bytes);

function parseClean(text: string, survey: Survey): readonly unknown[] | undefined {
  const read = parseText(text, survey);
  if (!read.ok || !Array.isArray(read.value) || countMembers(read.value) !== survey.members) return undefined;
  return read.value;
}

function explain(text: string, error: Error): string {
  const token = BARE_NON_FINITE.exec(text)?.[1];
  if (token === undefined) return (nameInvisible(text, error.message) + printable(error.message)).slice(0, MAX_MESSAGE);
  return `${token} is not JSON; send it as text: "${token}". Python's json.dumps writes it bare, so convert it before`;
}

/** A sentence that names the invisible character in a message of the parser; empty if there is none. */
function nameInvisible(text: string, message: string): string {
  const [, quoted, position] = ONE_CHARACTER.exec(message) ?? [];
  const character = quoted ?? text.charAt(Number(position ?? text.length));
  if (!INVISIBLE.test(character)) return '';
  if (character === BYTE_ORDER_MARK) return 'a byte order mark (U+FEFF) may only be at the start of the body: ';
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `the invisible character U+${code} may only be in strings: `;
}
