import { expect, test } from '@jest/globals';
import { TokenBucket } from '../../src/access/token-bucket.ts';
import { startRate } from '../../src/live/start-rate.ts';

/** The times, in milliseconds, at which starts are admitted when clients ask all the time. */
function startsOf(perSecond: number, seconds: number): number[] {
  const bucket = new TokenBucket(startRate(perSecond), 0);
  const starts: number[] = [];
  for (let now = 5_000; now < 5_000 + seconds * 1_000; now += 0.25) {
    while (bucket.waitMs(1, now) === 0) {
      bucket.take(1, now);
      starts.push(now);
    }
  }
  return starts;
}

test.each([2, 10, 200])('of %i starts a second no second has more, and nearly as many come', (perSecond) => {
  const starts = startsOf(perSecond, 10);
  const most = Math.max(...starts.map((from, index) => starts.slice(index).filter((at) => at < from + 1_000).length));
  expect(most).toBeLessThanOrEqual(perSecond);
  expect(starts.length).toBeGreaterThanOrEqual(perSecond * 10 * 0.5);
});

test('one start a second', () => {
  expect(startsOf(1, 10).length).toBeGreaterThan(8);
});
