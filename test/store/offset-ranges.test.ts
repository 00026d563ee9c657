import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addRange, containsOffset, type OffsetRanges } from '../../src/store/offset-ranges.ts';

const range = fc.tuple(fc.nat(60), fc.nat(8)).map(([first, length]) => [first, first + length] as const);

test('ranges contain every offset that was added, and no other', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 10 }), (added) => {
      const ranges = added.reduce<OffsetRanges>(addRange, []);
      for (let offset = 0; offset < 80; offset += 1) {
        const wanted = added.some(([first, last]) => offset >= first && offset <= last);
        expect(containsOffset(ranges, offset)).toBe(wanted);
      }
    }),
  );
});

test('ranges are in order and as few as possible', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 10 }), (added) => {
      const ranges = added.reduce<OffsetRanges>(addRange, []);
      for (const [index, [first]] of ranges.entries()) {
        const before = ranges[index - 1];
        if (before !== undefined) expect(first).toBeGreaterThan(before[1] + 1);
      }
    }),
  );
});

test('of many ranges the latest are kept', () => {
  const ranges = Array.from({ length: 40 }, (_, index) => [index * 10, index * 10 + 1] as const);
  const kept = ranges.reduce<OffsetRanges>(addRange, []);
  expect(kept).toHaveLength(16);
  expect(kept.at(-1)).toEqual([390, 391]);
});
