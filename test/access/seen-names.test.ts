import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SeenNames } from '../../src/access/seen-names.ts';

test('a name is known once it was added, under its owner only', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 200 }), fc.integer(), fc.integer(), (names, seed, owner) => {
      const seen = new SeenNames(1_000, seed);
      for (const name of names) {
        seen.add(seen.fingerprint(name, owner));
        expect(seen.has(seen.fingerprint(name, owner))).toBe(true);
      }
    }),
  );
  const seen = new SeenNames(1_000, 7);
  seen.add(seen.fingerprint('loss', 1));
  expect(seen.has(seen.fingerprint('loss', 2))).toBe(false);
});

test('two processes with the same seed have the same fingerprints, and other seeds have others', () => {
  const [a, b, c] = [new SeenNames(10, 7), new SeenNames(10, 7), new SeenNames(10, 8)];
  expect(a.fingerprint('loss', 1)).toBe(b.fingerprint('loss', 1));
  expect(a.fingerprint('loss', 1)).not.toBe(c.fingerprint('loss', 1));
});

test('at least the last names are kept, whichever of them was used is kept longer, and memory is bounded', () => {
  const seen = new SeenNames(1_000, 7);
  const of = (index: number) => seen.fingerprint(`name-${index}`);
  for (let index = 0; index < 100_000; index += 1) {
    seen.add(of(index));
    seen.has(of(0));
  }
  expect(seen.has(of(0))).toBe(true);
  // The newest first: asking for a name counts as a use, which makes room for it in turn.
  const indexes = Array.from({ length: 100_000 }, (_, index) => 99_999 - index);
  const kept = indexes.map((index) => seen.has(of(index)));
  expect(kept.slice(0, 900)).toEqual(Array.from({ length: 900 }, () => true));
  expect(kept.filter(Boolean).length).toBeLessThan(2_100);
});

test('few new names are taken for known ones', () => {
  const seen = new SeenNames(1_000_000, 7);
  for (let index = 0; index < 100_000; index += 1) seen.add(seen.fingerprint(`run-${index}/trial-${index}`));
  let mistaken = 0;
  for (let index = 0; index < 100_000; index += 1) {
    if (seen.has(seen.fingerprint(`run-${index}/trial-${index + 1}`))) mistaken += 1;
  }
  // 100,000 of 2^32 are taken: two or three are expected.
  expect(mistaken).toBeLessThan(20);
});
