import { expect, test } from '@jest/globals';
import { EndHistory } from '../../src/observer/end-history.ts';

/** A partition that had 0, 10, 10 and 30 records at 0 s, 5 s, 10 s and 15 s. */
function history(): EndHistory {
  const ends = new EndHistory();
  for (const [atMs, end] of [
    [0, 0],
    [5_000, 10],
    [10_000, 10],
    [15_000, 30],
  ] as const) {
    ends.add(end, atMs);
  }
  return ends;
}

test.each([
  ['between two looks', 4, 2_000],
  ['at the first of them', 0, 0],
  ['after a quiet time', 20, 12_500],
  ['that is not written yet', 30, undefined],
])('the time of an offset %s', (_, offset, expected) => {
  expect(history().timeOf(offset)).toBe(expected);
});

test('an offset that is older than the first look has no time', () => {
  const ends = new EndHistory();
  ends.add(100, 0);
  ends.add(110, 5_000);
  expect(ends.timeOf(99)).toBeUndefined();
  expect(ends.timeOf(105)).toBe(2_500);
});

test('a topic that was created again begins again', () => {
  const ends = history();
  ends.add(3, 20_000);
  expect(ends.timeOf(4)).toBeUndefined();
  ends.add(7, 25_000);
  expect(ends.timeOf(5)).toBe(22_500);
});

test('the memory is bounded', () => {
  const ends = new EndHistory();
  for (let look = 0; look < 5_000; look += 1) ends.add(look, look * 1_000);
  expect(ends.timeOf(4_998)).toBe(4_998_000);
  expect(ends.timeOf(1)).toBeUndefined();
});
