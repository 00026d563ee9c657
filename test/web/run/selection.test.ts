import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  readSelection,
  readSlots,
  shortName,
  toggleInSelection,
  writeSelection,
  writeSlots,
} from '../../../web/run/selection.ts';

test('a selection survives the address', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 50 }), fc.nat(), (ids, seed) => {
      const selected = ids.filter((_, at) => (seed >> (at % 20)) % 2 === 1);
      // Two ids may have one short name; then both are selected.
      fc.pre(new Set(ids.map(shortName)).size === ids.length);
      expect(readSelection(writeSelection(selected), ids)).toEqual(new Set(selected));
    }),
  );
});

test('100 selected trials of 10,000 take 600 characters and select no other trial', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => `trial-${at}`);
  const selected = ids.filter((_, at) => at % 100 === 0);
  const text = writeSelection(selected);
  expect(text).toHaveLength(600);
  expect([...readSelection(text, ids)].sort()).toEqual([...selected].sort());
  expect(new Set(ids.map(shortName)).size).toBeGreaterThan(9_990);
});

test('a trial is added or removed without the others, which need not be read yet', () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 20 });
  fc.assert(
    fc.property(ids, fc.string({ minLength: 1 }), (unread, id) => {
      const others = unread.filter((each) => shortName(each) !== shortName(id));
      const added = toggleInSelection(writeSelection(others), id, true);
      expect(added).toBe(writeSelection([...others, id]));
      expect(toggleInSelection(added, id, true)).toBe(added);
      expect(toggleInSelection(added, id, false)).toBe(writeSelection(others));
    }),
  );
});

test('a selection from which the last trial is removed is still one', () => {
  const text = toggleInSelection(writeSelection(['a']), 'a', false);
  expect(text).not.toBe('');
  expect([...readSelection(text, ['a', 'b'])]).toEqual([]);
  expect([...readSelection(toggleInSelection(text, 'b', true), ['a', 'b'])]).toEqual(['b']);
});

test('the colours of the selected trials survive the address, also of those that are not read yet', () => {
  const text = writeSelection(['a', 'b', 'c']);
  const slots = new Map([
    ['c', 0],
    ['a', 7],
  ]);
  expect(readSlots(text, writeSlots(text, slots), ['a', 'b', 'c', 'd'])).toEqual(new Map([...slots]));
});

test.each(['', '0', '0123', '999', '---', 'xyz'])(
  'the slots %p of an address give no colour to three trials',
  (slots) => {
    expect(readSlots(writeSelection(['a', 'b', 'c']), slots, ['a', 'b', 'c']).size).toBe(0);
  },
);
