import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteJoiner } from '../../../src/http/ingest/byte-joiner.ts';

test('joins whatever was pushed, and passes a single chunk through without a copy', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.nat(50), (arrays, announced) => {
      const joiner = new ByteJoiner(announced);
      for (const array of arrays) joiner.push(Buffer.from(array));
      expect(joiner.take().equals(Buffer.concat(arrays))).toBe(true);
      expect(joiner.length).toBe(0);
    }),
  );
  const only = Buffer.from('only');
  const joiner = new ByteJoiner();
  joiner.push(only);
  expect(joiner.take().buffer).toBe(only.buffer);
});

test('holds memory for the bytes that arrived, not for the length that was announced', () => {
  const joiner = new ByteJoiner(32 * 1_048_576);
  joiner.push(Buffer.alloc(10));
  joiner.push(Buffer.alloc(10));
  expect(joiner.take().buffer.byteLength).toBeLessThanOrEqual(1_048_576);
});

test('frees the memory of joined chunks, and leaves a single chunk to its owner', () => {
  const joiner = new ByteJoiner();
  const chunk = Buffer.from('chunk');
  joiner.push(chunk);
  joiner.free(joiner.take());
  expect(chunk.toString()).toBe('chunk');
  joiner.push(chunk);
  joiner.push(chunk);
  const joined = joiner.take();
  joiner.free(joined);
  expect(joined.length).toBe(0);
  expect(chunk.toString()).toBe('chunk');
});
