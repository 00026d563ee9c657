import { ExactInteger, parseExactly } from '../events/exact-number.ts';

/** A digit sequence that may be an integer beyond 2^53 - 1; only then is the slow parser needed. */
const LONG_NUMBER = /\d{16}/;

/** Free-form JSON from its text. An integer that a JSON number of JavaScript cannot hold becomes text. */
export function exactDocument(text: string | null): object | null {
  if (text === null) return null;
  return (LONG_NUMBER.test(text) ? withText(parseExactly(text)) : JSON.parse(text)) as object;
}

function withText(value: unknown): unknown {
  if (value instanceof ExactInteger) return value.text;
  if (Array.isArray(value)) return value.map(withText);
  if (typeof value !== 'object' || value === null) return value;
  // "__proto__" is an ordinary key of a document.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withText(item)]));
}
