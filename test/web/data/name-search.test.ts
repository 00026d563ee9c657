import { expect, test } from '@jest/globals';
import { searchFault, searchNames } from '../../../web/data/name-search.ts';

const NAMES = ['loss', 'val_loss', 'layer.1.norm'];

test.each([
  ['', NAMES],
  ['LOSS', ['loss', 'val_loss']],
  ['/^val_/', ['val_loss']],
  ['/layer\\.\\d+/', ['layer.1.norm']],
  ['/', []],
])('the search %p finds %p, and has no fault', (search, names) => {
  expect(searchNames(NAMES, search)).toEqual(names);
  expect(searchFault(search)).toBeUndefined();
});

test.each([
  ['/(/', 'invalid'],
  ['/[a/', 'invalid'],
  ['/a**/', 'invalid'],
  ['/(?=a)/', 'no look-around'],
  ['/(a)\\1/', 'no back-references'],
  ['/a{1000}/', 'too large'],
  [`/${'a'.repeat(256)}/`, '256 characters; the maximum is 255'],
])('the search %p finds nothing, and its fault says why', (search, reason) => {
  expect(searchNames(NAMES, search)).toEqual([]);
  expect(searchFault(search)).toContain(reason);
});
