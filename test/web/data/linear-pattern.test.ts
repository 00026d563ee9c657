import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { linearPattern } from '../../../web/data/linear-pattern.ts';

const part: fc.Arbitrary<string> = fc.letrec<{ part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'B', '.', '\\d', '\\W', '[ab]', '[^a]', '[0-9_]', '\\.', '^', '$', '\\b', '\\/'),
    fc.tuple(tie('part'), tie('part')).map((both) => both.join('')),
    fc.tuple(tie('part'), tie('part')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('part'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '+?'))
      .map(([each, sign]) => `(?:${each})${sign}`),
  ),
})).part;

test('an expression finds what RegExp finds', () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'A', '0', '_', '.', '/', ' '), maxLength: 8 }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(part, texts, (expression, list) => {
      const [ours, theirs] = [linearPattern(expression), new RegExp(expression, 'i')];
      expect(list.map((text) => ours?.(text))).toEqual(list.map((text) => theirs.test(text)));
    }),
    { numRuns: 500 },
  );
});

test('an expression that RegExp cannot end with is answered at once', () => {
  const found = linearPattern('^(a+)+(b|c.*.*.*.*.*)$');
  expect(found?.('a'.repeat(255))).toBe(false);
  expect(found?.(`${'a'.repeat(254)}b`)).toBe(true);
  // 255 characters against 2,000 states at most: a thousand names take milliseconds.
  for (let name = 0; name < 1_000; name += 1) found?.('a'.repeat(255));
});

test.each(['(', ')', '[', 'a{2,1}', '*', '(?=a)', '(?<!a)', '\\1', '\\', '[b-a]', 'a{101}', '((a{50}){50}){50}'])(
  '%p is no expression',
  (expression) => {
    expect(linearPattern(expression)).toBeUndefined();
  },
);

test('nested repetitions of an empty group end at once', () => {
  const nested = `${'('.repeat(20)}${'){99}'.repeat(20)}`;
  expect(linearPattern(nested)?.('loss')).toBe(true);
});
