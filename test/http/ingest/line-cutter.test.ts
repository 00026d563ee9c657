import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Line, LineCutter } from '../../../src/http/ingest/line-cutter.ts';

/** Text cut into pieces anywhere. */
const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '\n', '\r', ' '), maxLength: 12 }), {
  maxLength: 12,
});

test('cuts the lines of the whole text, however it is split into chunks', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 6 }), (texts, maxBytes) => {
      const cutter = new LineCutter(maxBytes, 100);
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

const cut = (text: string, maxBlanks: number): Line[] => {
  const cutter = new LineCutter(100, maxBlanks);
  return [...cutter.push(Buffer.from(text)), ...cutter.end()];
};

test('drops a byte order mark at the start of the stream, and only there', () => {
  expect(cut('\ufeffa\n\ufeffb', 0).map(String)).toEqual(['a', '\ufeffb']);
});

test('throws a problem for more blank lines than its bound', () => {
  expect(cut('\n \r\n\na', 3).map(String)).toEqual(['a']);
  expect(() => cut('\n\n\n\na', 3)).toThrow('more than 3 blank lines');
});
