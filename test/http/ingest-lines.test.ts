import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Gather } from '../../src/http/ingest/gather.ts';
import { LineCutter } from '../../src/http/ingest/lines.ts';

/** Text cut into pieces anywhere. */
const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '\n', '\r', ' '), maxLength: 12 }), {
  maxLength: 12,
});

test('lines are those of the whole text, however it comes in pieces', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 6 }), (texts, maxBytes) => {
      const cutter = new LineCutter(maxBytes);
      const chunks = texts.map((text) => Buffer.from(text));
      const lines = [...chunks.flatMap((chunk) => [...cutter.push(chunk)]), ...cutter.end()];
      const expected = Buffer.concat(chunks)
        .toString()
        .split('\n')
        .filter((line) => line.trim() !== '' || Buffer.byteLength(line) > maxBytes)
        .map((line) => (Buffer.byteLength(line) > maxBytes ? { tooLongBytes: Buffer.byteLength(line) } : line));
      expect(lines.map((line) => (line instanceof Uint8Array ? line.toString() : line))).toEqual(expected);
    }),
  );
});

test('what is gathered is what was pushed, and a single chunk is not copied', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.nat(50), (arrays, announced) => {
      const gather = new Gather();
      for (const array of arrays) gather.push(Buffer.from(array), announced);
      expect(gather.take().equals(Buffer.concat(arrays))).toBe(true);
      expect(gather.length).toBe(0);
    }),
  );
  const only = Buffer.from('only');
  const gather = new Gather();
  gather.push(only);
  expect(gather.take().buffer).toBe(only.buffer);
});
