import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldText } from '../../../web/data/fold-text.ts';

const lines = (count: number): string => Array.from({ length: count }, (_, at) => `line ${at}`).join('\n');

test.each([
  ['', ''],
  ['adam', 'adam'],
  [lines(12), lines(12)],
  ['x'.repeat(800), 'x'.repeat(800)],
])('a short text is shown whole', (text, shown) => {
  expect(foldText(text)).toEqual({ shown, isFolded: false });
});

test('a traceback keeps its first lines and the error at its end', () => {
  const { shown, isFolded } = foldText(`Traceback\n${lines(500)}\nValueError: loss is NaN`);
  expect(isFolded).toBe(true);
  expect(shown.split('\n')).toHaveLength(13);
  expect(shown).toMatch(/^Traceback\nline 0\n.*\n…\n.*\nline 499\nValueError: loss is NaN$/s);
});

test('any text is bounded, well-formed, and whole unless it says that it is folded', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '𝛼', ' '), maxLength: 3_000 }), (text) => {
      const { shown, isFolded } = foldText(text);
      expect(shown.length).toBeLessThanOrEqual(803);
      expect(shown.split('\n').length).toBeLessThanOrEqual(16);
      expect(shown.isWellFormed()).toBe(true);
      if (!isFolded) expect(shown).toBe(text);
    }),
  );
});
