import { expect, test } from '@jest/globals';
import { Pace } from '../../src/retention/pace.ts';

/** A clock that stands still unless something sleeps on it or work moves it. */
function standingClock() {
  const clock = {
    at: 0,
    slept: [] as number[],
    now: () => clock.at,
    async sleep(ms: number) {
      clock.slept.push(ms);
      clock.at += ms;
    },
  };
  return clock;
}

test('a rest is in proportion to the work since the last rest', async () => {
  const clock = standingClock();
  const pace = new Pace(0.25, clock);
  for (const workedMs of [100, 40]) {
    clock.at += workedMs;
    await pace.rest();
  }
  expect(clock.slept).toEqual([300, 120]);
});

test('short work is added up until it is worth a rest', async () => {
  const clock = standingClock();
  const pace = new Pace(0.5, clock);
  for (let piece = 0; piece < 4; piece += 1) {
    clock.at += 10;
    await pace.rest();
  }
  expect(clock.slept).toEqual([20, 20]);
});

test('a share of 1 has no rests', async () => {
  const clock = standingClock();
  const pace = new Pace(1, clock);
  clock.at += 1_000;
  await pace.rest();
  expect([pace.rests, clock.slept]).toEqual([false, []]);
});
