import { hash } from 'node:crypto';
import { Problem } from '../http/problem.ts';

/** The place of a row in a list: the values that the list is sorted by. */
export type RowPlace = readonly (string | number | null)[];

const LONGEST = 8_192;

/** Identifies the filter and order of a list, so that a cursor is used for no other. */
const tagOf = (list: string): string => hash('sha256', list, 'base64url').slice(0, 8);

/** @param list everything that determines the list: its filter and order. */
export const writeCursor = (list: string, place: RowPlace): string =>
  Buffer.from(JSON.stringify([tagOf(list), ...place])).toString('base64url');

/** Reads a cursor of {@link writeCursor}. Throws the `Problem` cursor_mismatch for one of another list. */
export function readCursor(list: string, length: number, text: string | undefined): RowPlace | undefined {
  if (text === undefined) return undefined;
  const [tag, ...place] = parse(text);
  if (tag === tagOf(list) && place.length === length && place.every(isValue)) return place as RowPlace;
  throw new Problem(
    'cursor_mismatch',
    'the parameter cursor is not the next_cursor of an answer with the same filter and order; leave it out to start again',
  );
}

function parse(text: string): readonly unknown[] {
  if (text.length > LONGEST) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** Postgres takes any text without NUL. */
const isValue = (value: unknown): boolean =>
  value === null || typeof value === 'number' || (typeof value === 'string' && !value.includes('\0'));
