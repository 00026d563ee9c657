import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { storedText } from '../../src/mlflow/stored-text.ts';

test.each([
  ['', 100, ''],
  ['plain', 5, 'plain'],
  ['nul\0', 100, 'nul\u{fffd}'],
  ['half\ud83d', 100, 'half\u{fffd}'],
  ['😀'.repeat(100), 100, '😀'.repeat(100)],
  ['x'.repeat(101), 100, `${'x'.repeat(77)}… (cut, 101 characters)`],
  ['😀'.repeat(101), 100, `${'😀'.repeat(77)}… (cut, 101 characters)`],
  ['x'.repeat(12_345), 100, `${'x'.repeat(74)}… (cut, 12,345 characters)`],
])('stores %j', (text, maxCharacters, expected) => {
  expect(storedText(text, maxCharacters)).toBe(expected);
});

test('ends with a mark of the caller', () => {
  expect(storedText('abcdef', 5, () => '…')).toBe('abcd…');
});

test('any text becomes well-formed, without NUL, and no longer than its limit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const stored = storedText(text, 100);
      expect(stored.isWellFormed()).toBe(true);
      expect(stored).not.toContain('\0');
      expect([...stored].length).toBeLessThanOrEqual(100);
      expect(storedText(stored, 100)).toBe(stored);
    }),
  );
});
