import { beforeEach, expect, test } from '@jest/globals';
import { clockOffsetMs, noteServerTime } from '../../../web/api/server-clock.ts';

const SERVER = Date.UTC(2026, 9, 1, 12);
const DATE = new Date(SERVER).toUTCString();

beforeEach(() => {
  clockOffsetMs.value = 0;
});

test.each([
  ['ahead', 600_000, -599_500],
  ['behind', -600_000, 600_500],
  ['right', 400, 0],
])('a browser whose clock is %s', (_, browserMs, offset) => {
  noteServerTime(DATE, SERVER + browserMs, SERVER + browserMs);
  expect(clockOffsetMs.value).toBe(offset);
});

test('an answer that took long proves less, and none moves the offset by the rounding of its header', () => {
  noteServerTime(DATE, SERVER - 8_000, SERVER + 2_000);
  expect(clockOffsetMs.value).toBe(0);
  noteServerTime(DATE, SERVER + 60_000, SERVER + 60_000);
  noteServerTime(DATE, SERVER + 60_900, SERVER + 60_900);
  expect(clockOffsetMs.value).toBe(-59_500);
});

test('a clock that was set right is taken as right again', () => {
  noteServerTime(DATE, SERVER + 600_000, SERVER + 600_000);
  noteServerTime(DATE, SERVER, SERVER);
  expect(clockOffsetMs.value).toBe(0);
});

test('an answer without the header changes nothing', () => {
  noteServerTime(null, SERVER, SERVER);
  noteServerTime('yesterday', SERVER, SERVER);
  expect(clockOffsetMs.value).toBe(0);
});
