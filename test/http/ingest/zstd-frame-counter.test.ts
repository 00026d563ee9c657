import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ZstdFrameCounter } from '../../../src/http/ingest/zstd-frame-counter.ts';

const { ZSTD_c_checksumFlag, ZSTD_c_contentSizeFlag, ZSTD_c_compressionLevel } = zlib.constants;

/** A frame that a user may define (RFC 8878, section 3.1.2). */
const skippable = (bytes: number, number: number): Buffer => {
  const frame = Buffer.alloc(8 + bytes, 0x28);
  frame.writeUInt32LE(0x184d2a50 + number);
  frame.writeUInt32LE(bytes, 4);
  return frame;
};

const noise = (bytes: number): Buffer => createHash('shake256', { outputLength: bytes }).digest();
const content = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.nat(300).map(noise),
  fc.nat(300_000).map(noise),
  fc.nat(600_000).map((bytes) => Buffer.alloc(bytes, 'abc')),
);
const flags = fc.record({ checksum: fc.nat(1), size: fc.nat(1), level: fc.constantFrom(1, 3, 9) });
const compressed = fc.tuple(content, flags).map(([bytes, { checksum, size, level }]) =>
  zlib.zstdCompressSync(bytes, {
    params: {
      [ZSTD_c_checksumFlag as number]: checksum,
      [ZSTD_c_contentSizeFlag as number]: size,
      [ZSTD_c_compressionLevel as number]: level,
    },
  }),
);
const frame = fc.oneof(
  compressed,
  fc.tuple(fc.nat(500), fc.nat(15)).map(([bytes, number]) => skippable(bytes, number)),
);

test('counts the frames of a stream, however it is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 5_000 })), (frames, sizes) => {
      const counter = new ZstdFrameCounter();
      const stream = Buffer.concat(frames);
      let at = 0;
      for (const size of sizes) {
        counter.push(stream.subarray(at, at + size));
        at += size;
      }
      counter.push(stream.subarray(at));
      expect(counter.count).toBe(frames.length);
    }),
    { numRuns: 60 },
  );
});

test('counts the frames of a stream that arrives byte by byte', () => {
  const counter = new ZstdFrameCounter();
  const frames = [
    zlib.zstdCompressSync(noise(5_000)),
    skippable(20, 3),
    zlib.zstdCompressSync(''),
    zlib.zstdCompressSync('a'),
  ];
  for (const byte of Buffer.concat(frames)) counter.push(Buffer.of(byte));
  expect(counter.count).toBe(4);
});

test.each([
  ['text', Buffer.from('{"event":"ml.run.metric"}')],
  ['a block of the reserved type', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 7, 0, 0])],
])('stops counting at %s', (_, bytes) => {
  const counter = new ZstdFrameCounter();
  counter.push(bytes);
  const { count } = counter;
  for (let times = 0; times < 3; times += 1) counter.push(zlib.zstdCompressSync(''));
  expect(counter.count).toBe(count);
});
