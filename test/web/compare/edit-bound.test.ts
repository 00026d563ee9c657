import { expect, test } from '@jest/globals';
import { editBound } from '../../../web/compare/edit-bound.ts';

const ENDS = { low: 1, high: 9 };

test.each([
  ['a first bound', undefined, 'low', '2', { low: 2, high: 9 }],
  ['a second bound', { low: 2, high: 9 }, 'high', '5', { low: 2, high: 5 }],
  ['one that is emptied', { low: 2, high: 5 }, 'low', '', { low: 1, high: 5 }],
  ['the last one, emptied', { low: 1, high: 5 }, 'high', ' ', null],
  ['the least above the greatest', { low: 2, high: 5 }, 'low', '6', 'The least value, 6, is above the greatest, 5.'],
  ['the greatest below the least', { low: 2, high: 5 }, 'high', '0', 'The least value, 2, is above the greatest, 0.'],
  ['no number', undefined, 'high', 'x', '"x" is not a number.'],
] as const)('%s', (_, brush, end, text, expected) => {
  expect(editBound(brush, ENDS, end, text)).toEqual(expected);
});
