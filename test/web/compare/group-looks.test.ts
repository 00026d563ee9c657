import { expect, test } from '@jest/globals';
import { groupKeyOf, looksOfGroups } from '../../../web/compare/group-looks.ts';

test('spectral norm has the first two slots, and no other group has one of them', () => {
  const norm = looksOfGroups(['spectral_norm'], [[false], [true]]);
  expect([norm.get(groupKeyOf([true]))?.slot, norm.get(groupKeyOf([false]))?.slot]).toEqual([0, 1]);
  const others = [
    ...looksOfGroups(
      ['param.lr'],
      Array.from({ length: 20 }, (_, at) => [at]),
    ).values(),
  ].map(({ slot }) => slot);
  expect(Math.min(...others)).toBe(2);
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
