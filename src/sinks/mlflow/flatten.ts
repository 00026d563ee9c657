import { ExactInteger } from '../../events/exact-number.ts';

/**
 * The entries of a JSON object with the keys of nested objects joined by dots: `{ model: { width: 8 } }` becomes
 * `model.width`. Arrays and empty objects are JSON text. If two entries have the same joined key, the one that is nested less
 * keeps it, and the other has its path as a JSON array for a key.
 */
export function flatten(document: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  // Level by level, so that an entry that is nested less comes first.
  let level = Object.entries(document).map(([key, value]) => ({ path: [key], value }));
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { path, value } of level) {
      const children = isNested(value) ? Object.entries(value) : [];
      for (const [key, child] of children) next.push({ path: [...path, key], value: child });
      if (children.length > 0) continue;
      const key = path.join('.');
      entries.set(entries.has(key) ? JSON.stringify(path) : key, textOf(value));
    }
    level = next;
  }
  return entries;
}

const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactInteger);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : jsonOf(value));

/**
 * JSON of which equal values have equal text, however they were written: a table has the keys of objects in another order than
 * the event, no negative zero, and every digit of a large number.
 */
function jsonOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (value instanceof ExactInteger) return shortest(value.text);
  if (!isNested(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${jsonOf(item)}`).join(',')}}`;
}

/** The text of an integer as a double writes it, if that has the same digits: `1e+21` for a one with 21 zeros. */
function shortest(digits: string): string {
  const text = String(Number(digits));
  const [, first = '', fraction = '', exponent = ''] = /^(-?\d)(?:\.(\d+))?e\+(\d+)$/.exec(text) ?? [];
  return `${first}${fraction.padEnd(Number(exponent), '0')}` === digits ? text : digits;
}
