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
 * A colour slot for each key of a view. A key has the slot of its hash; where two keys of the view would share one, the
 * later key in alphabetical order moves to the next free slot, so that the result does not depend on the order of arrival.
 * From the ninth key on slots repeat.
 */
export function assignSlots(keys: Iterable<string>): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  let free = new Set<number>();
  for (const key of [...new Set(keys)].sort()) {
    if (free.size === 0) free = new Set(Array.from({ length: SLOTS }, (_, slot) => slot));
    let slot = hashOf(key) % SLOTS;
    while (!free.has(slot)) slot = (slot + 1) % SLOTS;
    free.delete(slot);
    slots.set(key, slot);
  }
  return slots;
}
