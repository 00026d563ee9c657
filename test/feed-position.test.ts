import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { layoutOf, readPosition, writePosition } from '../src/feed-position.ts';

const layout = layoutOf([
  { topic: 'a', id: 'x', partitions: 2 },
  { topic: 'b', id: 'y', partitions: 1 },
]);

test('a layout lists the partitions of its topics in order', () => {
  expect(layout.partitions).toEqual([
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 1 },
    { topic: 'b', partition: 0 },
  ]);
});

test('a position survives its text', () => {
  const offset = fc.oneof(fc.nat(300), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.tuple(offset, offset, offset), (offsets) => {
      expect(readPosition(layout, writePosition(layout, offsets))).toEqual(offsets);
    }),
  );
});

test('a position of 18 partitions with millions of records fits a header', () => {
  const offsets = Array.from({ length: 18 }, (_, index) => 1_000_000_000 + index);
  expect(writePosition(layout, offsets).length).toBeLessThan(140);
});

test.each([
  ['another id', { topic: 'b', id: 'z', partitions: 1 }],
  ['another partition', { topic: 'b', id: 'y', partitions: 2 }],
  ['another name', { topic: 'c', id: 'y', partitions: 1 }],
])('a position is refused after a topic got %s', (_, changed) => {
  const other = layoutOf([{ topic: 'a', id: 'x', partitions: 2 }, changed]);
  expect(readPosition(other, writePosition(layout, [1, 2, 3]))).toBe('other_topics');
});

test('a position with too few offsets is refused', () => {
  expect(readPosition(layout, writePosition(layout, [1, 2]))).toBe('other_topics');
});

const encoded = (...bytes: number[]) => Buffer.from(bytes).toString('base64url');

test.each([
  ['nothing', ''],
  ['no fingerprint', 'v1.AQID'],
  ['another version', `v2.AQID.${layout.fingerprint}`],
  ['more after it', `v1.AQID.${layout.fingerprint}x`],
  ['padding', `v1.AQI=.${layout.fingerprint}`],
  ['a number that is cut off', `v1.${encoded(1, 2, 0x80)}.${layout.fingerprint}`],
  [
    'a number that a double cannot hold',
    `v1.${encoded(1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1)}.${layout.fingerprint}`,
  ],
  ['9,000 characters', `v1.${'A'.repeat(9_000)}.${layout.fingerprint}`],
])('a text with %s is no position', (_, text) => {
  expect(readPosition(layout, text)).toBe('malformed');
});
