import { expect, test } from '@jest/globals';
import { groupKeyOf, slotsOfGroups } from '../../../web/compare/group-colours.ts';

test('spectral norm has the first two slots, and no other group has one of them', () => {
  const norm = slotsOfGroups(['spectral_norm'], [[false], [true]]);
  expect([norm.get(groupKeyOf([true])), norm.get(groupKeyOf([false]))]).toEqual([0, 1]);
  const others = slotsOfGroups(
    ['param.lr'],
    Array.from({ length: 20 }, (_, at) => [at]),
  );
  expect(Math.min(...others.values())).toBe(2);
  expect(new Set([...others.values()].slice(0, 6)).size).toBe(6);
});
