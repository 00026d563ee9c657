import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstIndex } from '../../../web/data/first-index.ts';

test('the first index that is not before is that of a linear search, for any ascending list', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: -1, max: 21 }), (values, wanted) => {
      const sorted = values.toSorted((a, b) => a - b);
      const linear = sorted.findIndex((each) => each >= wanted);
      const found = firstIndex(sorted.length, (at) => (sorted[at] ?? Number.NaN) < wanted);
      expect(found).toBe(linear < 0 ? sorted.length : linear);
    }),
    { numRuns: 1_000 },
  );
});

test('a list of a million takes 20 questions', () => {
  let questions = 0;
  const found = firstIndex(1_000_000, (at) => {
    questions += 1;
    return at < 765_432;
  });
  expect([found, questions <= 20]).toEqual([765_432, true]);
});
