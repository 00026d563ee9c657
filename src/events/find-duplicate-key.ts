/** A token that is relevant for keys: a string, with the colon that makes it a key, or a bracket or comma. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\],]/gs;

/** A container being read: the keys of an object, or the position in an array. */
interface Open {
  readonly keys: Set<string> | undefined;
  /** The key or index of the child being read. */
  name: string;
  index: number;
}

/**
 * The path of the first key that its object names twice, as in `metadata.lr`; undefined if there is none. `text` must be
 * valid JSON. Slow: called only after the count of members has shown that there is one.
 */
export function findDuplicateKey(text: string): string | undefined {
  const open: Open[] = [];
  for (const [token, colon] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({ keys: token === '{' ? new Set() : undefined, name: '0', index: 0 });
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ',') {
      if (top !== undefined && top.keys === undefined) {
        top.index += 1;
        top.name = String(top.index);
      }
    } else if (colon !== undefined && top?.keys !== undefined) {
      top.name = JSON.parse(token.slice(0, -colon.length)) as string;
      if (top.keys.has(top.name)) return open.map(({ name }) => name).join('.');
      top.keys.add(top.name);
    }
  }
  return undefined;
}
