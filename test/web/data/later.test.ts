import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { later } from '../../../web/data/later.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('many askings are one act, also when they never pause, and it can be asked for again', () => {
  let acts = 0;
  const reading = later(() => (acts += 1), 1_000);
  for (let at = 0; at < 25; at += 1) {
    reading.ask();
    jest.advanceTimersByTime(100);
  }
  expect(acts).toBe(2);
});

test('a cancelled one does not act', () => {
  let acts = 0;
  const reading = later(() => (acts += 1), 1_000);
  reading.ask();
  reading.cancel();
  jest.advanceTimersByTime(5_000);
  expect(acts).toBe(0);
  reading.ask();
  jest.advanceTimersByTime(1_000);
  expect(acts).toBe(1);
});
