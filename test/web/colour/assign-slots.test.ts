import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignSlots } from '../../../web/colour/assign-slots.ts';
import { SLOTS } from '../../../web/colour/palette.ts';

test('keys have the same slots in any order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 30 }), (keys) => {
      expect([...assignSlots(keys.toReversed())].sort()).toEqual([...assignSlots(keys)].sort());
    }),
  );
});

test('no two of eight keys share a slot, and no slot has two more than another', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 40 }), (keys) => {
      const counts = new Array<number>(SLOTS).fill(0);
      for (const slot of assignSlots(keys).values()) counts[slot] = (counts[slot] ?? 0) + 1;
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a key alone has the slot of its hash, so that it keeps its colour after a reload', () => {
  expect(assignSlots(['trial-1']).get('trial-1')).toBe(assignSlots(['trial-1', 'trial-1']).get('trial-1'));
  expect(assignSlots(['trial-1']).get('trial-1')).toMatchInlineSnapshot(`1`);
});

test('a key that stays keeps its slot, whatever arrives and leaves, and free slots are used before any is shared', () => {
  const view = fc.uniqueArray(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(view, { minLength: 1 }), (views) => {
      let held: ReadonlyMap<string, number> = new Map();
      for (const keys of views) {
        const slots = assignSlots(keys, held);
        for (const key of keys) expect(slots.get(key)).toBe(held.get(key) ?? slots.get(key));
        const isNew = keys.some((key) => !held.has(key));
        const isShared = new Set(slots.values()).size < keys.length;
        const keptShared =
          new Set(keys.flatMap((key) => held.get(key) ?? [])).size < keys.filter((key) => held.has(key)).length;
        if (isNew && isShared && !keptShared) expect(new Set(slots.values()).size).toBe(SLOTS);
        expect([...slots.keys()].sort()).toEqual([...keys].sort());
        held = slots;
      }
    }),
  );
});
