import { expect, test } from '@jest/globals';
import { BoundedCache } from '../src/bounded-cache.ts';

test('holds at most its capacity, and removes the least recently used entry', () => {
  const cache = new BoundedCache<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  expect(cache.get('a')).toBe(1);
  cache.set('c', 3);
  expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
});

test('the last entry is found, replaced and deleted like any other', () => {
  const cache = new BoundedCache<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  expect([cache.get('b'), cache.get('b'), cache.get('a'), cache.get('a')]).toEqual([2, 2, 1, 1]);
  cache.delete('a');
  expect(cache.get('a')).toBeUndefined();
  cache.set('c', 3);
  expect(cache.get('b')).toBe(2);
  cache.set('d', 4);
  expect([cache.get('c'), cache.get('b'), cache.get('d')]).toEqual([undefined, 2, 4]);
  cache.clear();
  expect(cache.get('d')).toBeUndefined();
});

test('a value set again takes no more room', () => {
  const cache = new BoundedCache<string, number>(2);
  for (const value of [1, 2, 3]) cache.set('a', value);
  expect([cache.get('a'), cache.size]).toEqual([3, 1]);
});
