import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLineReader, LineTooLong } from '../../../src/bridge/process/line-reader.ts';

test('cuts the same lines, whatever the chunks', () => {
  const text = fc
    .array(fc.constantFrom('a', 'é', '\n', 'bc'), { maxLength: 50 })
    .map((parts) => Buffer.from(parts.join('')));
  fc.assert(
    fc.property(text, fc.array(fc.nat(60)), (bytes, cuts) => {
      const lines: string[] = [];
      const reader = createLineReader(1_000, (line) => lines.push(line.toString('utf8')));
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      for (let i = 1; i < at.length; i += 1) reader.add(bytes.subarray(at[i - 1], at[i]));
      expect(lines).toEqual(bytes.toString('utf8').split('\n').slice(0, -1));
    }),
  );
});

test.each(['12345\n', '12345', '1234\n12345'])('%j breaks a bound of 4 bytes', (text) => {
  const reader = createLineReader(4, () => {});
  expect(() => {
    for (const byte of Buffer.from(text)) reader.add(Buffer.from([byte]));
  }).toThrow(LineTooLong);
});
