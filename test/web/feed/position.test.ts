import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { layoutOf, readPosition, writePosition } from '../../../src/feed-position.ts';
import { leastPosition } from '../../../web/feed/position.ts';

const layout = layoutOf([{ topic: 'ml.events.high', id: 'a', partitions: 3 }]);
const offset = fc.nat(Number.MAX_SAFE_INTEGER);

test('the least position has the lesser offset of each partition, as the server reads it', () => {
  fc.assert(
    fc.property(fc.tuple(offset, offset, offset), fc.tuple(offset, offset, offset), (a, b) => {
      const least = leastPosition(writePosition(layout, a), writePosition(layout, b));
      expect(readPosition(layout, least)).toEqual(a.map((each, at) => Math.min(each, b[at] ?? each)));
    }),
  );
});

test('positions that cannot be compared give the newer one', () => {
  const other = layoutOf([{ topic: 'ml.events.high', id: 'b', partitions: 3 }]);
  const newer = writePosition(other, [1, 2, 3]);
  expect(leastPosition(writePosition(layout, [1, 2, 3]), newer)).toBe(newer);
  expect(leastPosition('not a position', newer)).toBe(newer);
});
