import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from '../../../src/kafka/wire/crc32c.ts';

/** RFC 3720, appendix B.4, and the check value of the catalogue of CRCs. */
test.each<[string, Buffer, number]>([
  ['nothing', Buffer.alloc(0), 0],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 bytes that count up', Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
  ['32 bytes that count down', Buffer.from(Array.from({ length: 32 }, (_, at) => 31 - at)), 0x113fdb5c],
])('of %s', (_, bytes, expected) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(expected);
});

function bitByBit(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test('the checksum of any part of a buffer does not depend on its alignment in memory', () => {
  const part = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(40), fc.nat(40), fc.nat(7));
  fc.assert(
    fc.property(part, ([content, front, back, shift]) => {
      const memory = new Uint8Array(content.length + shift);
      memory.set(content, shift);
      const bytes = memory.subarray(shift);
      const start = Math.min(front, bytes.length);
      const end = Math.max(start, bytes.length - back);
      expect(crc32c(bytes, start, end)).toBe(bitByBit(bytes.subarray(start, end)));
    }),
    { numRuns: 1_000 },
  );
});
