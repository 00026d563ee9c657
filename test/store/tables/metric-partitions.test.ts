import { expect, test } from '@jest/globals';
import { rangeAround } from '../../../src/store/tables/metric-partitions.ts';

const taken = [
  { first: 0, end: 65_536 },
  { first: 69_632, end: 73_728 },
];

test.each([
  ['begins at a multiple of the width', 200_000, 65_536, { first: 196_608, end: 262_144 }],
  ['ends where the next range begins', 66_000, 16_384, { first: 65_536, end: 69_632 }],
  ['begins where the range before ends', 80_000, 65_536, { first: 73_728, end: 131_072 }],
  ['is the range that has the key already', 70_000, 512, { first: 69_632, end: 73_728 }],
  ['ends with the numbers of trials', 2_147_483_000, 65_536, { first: 2_147_418_112, end: 2_147_483_647 }],
])('a partition %s', (_, key, width, range) => {
  expect(rangeAround(key, width, taken)).toEqual(range);
});
