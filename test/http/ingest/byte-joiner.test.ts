import { describe, expect, test } from '@jest/globals';
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

const MEBIBYTE = 1_048_576;
const arrayBuffers = (): number => process.memoryUsage().arrayBuffers;

test('frees the memory of what is discarded at once', () => {
  const chunk = Buffer.alloc(MEBIBYTE / 2);
  const joiner = new ByteJoiner();
  for (let chunks = 0; chunks < 32; chunks += 1) joiner.push(chunk);
  const before = arrayBuffers();
  joiner.discard();
  expect(before - arrayBuffers()).toBeGreaterThanOrEqual(16 * MEBIBYTE);
  expect(joiner.length).toBe(0);
  expect(chunk.length).toBe(MEBIBYTE / 2);
});

describe('a joiner of megabytes', () => {
  const sizes = fc.array(fc.nat(1_500_000), { minLength: 3, maxLength: 8 });

  test.each([true, false])('joins whatever was pushed, in turns: %s', async (inTurns) => {
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const chunks = lengths.map((length, at) => Buffer.alloc(length, at + 1));
        const joiner = new ByteJoiner();
        for (const chunk of chunks) joiner.push(chunk);
        const all = Buffer.concat(chunks);
        expect(joiner.length).toBe(all.length);
        const taken = inTurns ? await joiner.takeInTurns() : joiner.take();
        expect(taken.equals(all)).toBe(true);
        expect([joiner.length, joiner.take().length]).toEqual([0, 0]);
        expect(chunks.map(({ length }) => length)).toEqual(lengths);
      }),
      { numRuns: 20 },
    );
  });

  test('copies a mebibyte in each turn of the event loop, and frees it', async () => {
    const joiner = new ByteJoiner();
    for (let chunks = 0; chunks < 64; chunks += 1) joiner.push(Buffer.alloc(MEBIBYTE / 4, chunks));
    const before = arrayBuffers();
    let turns = 0;
    const joining = joiner.takeInTurns();
    const observe = (): void => {
      turns += 1;
      if (!isDone) setImmediate(observe);
    };
    let isDone = false;
    setImmediate(observe);
    const taken = await joining;
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(15);
    joiner.free(taken);
    expect(before - arrayBuffers()).toBeGreaterThanOrEqual(15 * MEBIBYTE);
  });
});
