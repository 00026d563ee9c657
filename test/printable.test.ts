import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printable, printableLines } from '../src/printable.ts';

test.each([
  ['plain text', 'loss 0.5 µs Ünï 𝛼 😀', 'loss 0.5 µs Ünï 𝛼 😀'],
  ['an escape sequence', '\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['C1 CSI, an escape sequence in one character', '\u009b2J', '\\u009b2J'],
  ['line ends and tabs', 'a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['DEL', 'a\u007f', 'a\\u007f'],
  ['a bidirectional override', 'a\u202ecod.exe', 'a\\u202ecod.exe'],
  ['bidirectional isolates and marks', '\u2066a\u2069\u200f\u061c', '\\u2066a\\u2069\\u200f\\u061c'],
  ['zero-width characters', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
  ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
  ['a tag character beyond U+FFFF', 'a\u{e0041}', 'a\\udb40\\udc41'],
  ['half of a surrogate pair', 'a\ud800', 'a\\ud800'],
])('printable escapes what a terminal acts on or hides: %s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('printable leaves no control or format character and the same JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
    }),
  );
});

test('printableLines keeps line ends and escapes everything else', () => {
  expect(printableLines('a\u009b\n\u001bb')).toBe('a\\u009b\n\\u001bb');
});
