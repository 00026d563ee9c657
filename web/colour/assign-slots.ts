import { SLOTS } from './palette.ts';

/** FNV-1a of 32 bits: the same slot for the same trial in every chart, tab and session. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * A colour slot for each key of a view. A key that has held a slot keeps it, and the slots of keys that left are free again. A new
 * key has the slot of its hash; where that is taken, the later key in alphabetical order moves to the next free slot, so that
 * the result does not depend on the order of arrival. From the ninth key on slots repeat.
 *
 * @param held the slots that keys have had so far; others than `keys` count for nothing.
 */
export function assignSlots(
  keys: Iterable<string>,
  held: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  const uses = new Array<number>(SLOTS).fill(0);
  const give = (key: string, slot: number): void => {
    slots.set(key, slot);
    uses[slot] = (uses[slot] ?? 0) + 1;
  };
  const ordered = [...new Set(keys)].sort();
  for (const key of ordered) {
    const slot = held.get(key);
    if (slot !== undefined) give(key, slot);
  }
  for (const key of ordered) {
    if (slots.has(key)) continue;
    const least = Math.min(...uses);
    let slot = hashOf(key) % SLOTS;
    while (uses[slot] !== least) slot = (slot + 1) % SLOTS;
    give(key, slot);
  }
  return slots;
}
