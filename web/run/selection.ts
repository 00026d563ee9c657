/** A short name of an id for addresses: 6 characters of its hash, so that 100 selected trials take 600 characters. */
export function shortName(id: string): string {
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (let at = 0; at < id.length; at += 1) {
    a = Math.imul(a ^ id.charCodeAt(at), 0x01000193);
    b = Math.imul(b + id.charCodeAt(at), 0x85ebca6b) ^ (b >>> 13);
  }
  const number = (a >>> 0) * 0x40 + ((b >>> 0) % 0x40);
  return number.toString(36).padStart(8, '0').slice(-6);
}

/** The selected ids as text for the address. */
export const writeSelection = (ids: Iterable<string>): string => [...ids].map(shortName).sort().join('');

/** Which of `ids` the text of an address selects. */
export function readSelection(text: string, ids: Iterable<string>): Set<string> {
  const names = new Set(text.match(/.{6}/g) ?? []);
  return new Set([...ids].filter((id) => names.has(shortName(id))));
}

/** Whether `ids` contain every id that the text selects. */
export function isWholeSelection(text: string, ids: Iterable<string>): boolean {
  const names = text.match(/.{6}/g) ?? [];
  const known = new Set([...ids].map(shortName));
  return names.every((name) => known.has(name));
}
