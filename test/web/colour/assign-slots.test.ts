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
