import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GREY } from '../../../web/colour/palette.ts';
import { colourOfGroup, groupKeyOf, looksOfGroups, sharedLooks } from '../../../web/compare/group-looks.ts';

test('spectral norm has the first two slots, and no other group has one of them', () => {
  const norm = looksOfGroups(['spectral_norm'], [[false], [true]]);
  expect([norm.get(groupKeyOf([true]))?.slot, norm.get(groupKeyOf([false]))?.slot]).toEqual([0, 1]);
  const others = [
    ...looksOfGroups(
      ['param.lr'],
      Array.from({ length: 20 }, (_, at) => [at]),
    ).values(),
  ].map(({ slot }) => slot);
  expect(Math.min(...others.map(Number))).toBe(2);
  expect(new Set(others.slice(0, 6)).size).toBe(6);
});

test.each([
  [['param.optimizer', 'spectral_norm'], (optimizer: string, norm: boolean) => [optimizer, norm]],
  [['spectral_norm', 'param.optimizer'], (optimizer: string, norm: boolean) => [norm, optimizer]],
])('by %p, the colour is that of spectral norm and the variant that of the optimizer', (groupBy, groupOf) => {
  const groups = ['adam', 'sgd', 'lion'].flatMap((optimizer) => [groupOf(optimizer, true), groupOf(optimizer, false)]);
  expect([...looksOfGroups(groupBy, groups).values()].map(({ slot, variant }) => [slot, variant])).toEqual([
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
    [0, 2],
    [1, 2],
  ]);
});

test('by two parameters, groups with the same first value have one colour, and no two the same look', () => {
  const groups = [1, 2, 3].flatMap((layers) => ['a', 'b', 'c'].map((optimizer) => [layers, optimizer]));
  const looks = [...looksOfGroups(['param.layers', 'param.optimizer'], groups).values()];
  expect(looks.map(({ slot }) => slot)).toEqual([2, 2, 2, 3, 3, 3, 4, 4, 4]);
  expect(new Set(looks.map(({ slot, variant }) => `${slot} ${variant}`)).size).toBe(9);
});

test('no two groups have the same look, however many there are: the others are grey, and counted', () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.string({ maxLength: 2 }), fc.boolean());
  const keys = fc.constantFrom(['param.a'], ['param.a', 'param.b'], ['spectral_norm', 'param.b']);
  fc.assert(
    fc.property(keys, fc.array(fc.tuple(value, value, fc.boolean()), { maxLength: 60 }), (groupBy, values) => {
      const groups = values.map(([a, b, norm]) =>
        groupBy.map((key) => (key === 'spectral_norm' ? norm : key === 'param.a' ? a : b)),
      );
      const looks = looksOfGroups(groupBy, groups);
      const own = [...looks.values()].filter(({ slot }) => slot !== null);
      expect(new Set(own.map(({ slot, variant }) => `${slot} ${variant}`)).size).toBe(own.length);
      expect(sharedLooks(looks)).toBe(looks.size - own.length);
    }),
  );
});

test('nine groups differ, the seventh by its dashes, and the twenty-fifth is grey', () => {
  const groups = Array.from({ length: 25 }, (_, at) => [at]);
  const looks = [...looksOfGroups(['param.lr'], groups.slice(0, 9)).values()];
  expect(looks.map(({ slot, variant }) => [slot, variant]).slice(5, 8)).toEqual([
    [7, 0],
    [2, 1],
    [3, 1],
  ]);
  expect(colourOfGroup(looksOfGroups(['param.lr'], groups), [24], 'light')).toBe(GREY.light);
});
