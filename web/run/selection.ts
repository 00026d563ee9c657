import { SLOTS } from '../colour/palette.ts';

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

/** The text of a selection without a trial; an empty one would be no selection, and the newest trials would be shown. */
const NO_TRIAL = '-';

const namesIn = (text: string): readonly string[] => text.match(/.{6}/g) ?? [];

const textOf = (names: Iterable<string>): string => [...new Set(names)].sort().join('') || NO_TRIAL;

/** The selected ids as text for the address. */
export const writeSelection = (ids: Iterable<string>): string => textOf([...ids].map(shortName));

/** The text with a trial added or removed. The others stay, whether or not the page has read them yet. */
export function toggleInSelection(text: string, id: string, isSelected: boolean): string {
  const names = new Set(namesIn(text));
  if (isSelected) names.add(shortName(id));
  else names.delete(shortName(id));
  return textOf(names);
}

/** Which of `ids` the text of an address selects. */
export function readSelection(text: string, ids: Iterable<string>): Set<string> {
  const names = new Set(namesIn(text));
  return new Set([...ids].filter((id) => names.has(shortName(id))));
}

/** The colour slots of the selected trials, in the order of their names in the text; `-` for one that the page has not read. */
export function writeSlots(text: string, slots: ReadonlyMap<string, number>): string {
  const slotOf = new Map([...slots].map(([id, slot]) => [shortName(id), slot]));
  return namesIn(text)
    .map((name) => slotOf.get(name) ?? '-')
    .join('');
}

/** The slots that an address gives to `ids`; none if it has not one for each selected trial. */
export function readSlots(text: string, slots: string, ids: Iterable<string>): Map<string, number> {
  const names = namesIn(text);
  if (slots.length !== names.length) return new Map();
  const slotOf = new Map(names.map((name, at) => [name, Number(slots[at])]));
  return new Map(
    [...ids].flatMap((id): [string, number][] => {
      const slot = slotOf.get(shortName(id)) ?? Number.NaN;
      return slot >= 0 && slot < SLOTS ? [[id, slot]] : [];
    }),
  );
}

/** Whether `ids` contain every id that the text selects. */
export function isWholeSelection(text: string, ids: Iterable<string>): boolean {
  const known = new Set([...ids].map(shortName));
  return namesIn(text).every((name) => known.has(name));
}
