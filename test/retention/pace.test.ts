import { expect, test } from '@jest/globals';
import { Pace } from '../../src/retention/pace.ts';

/** A clock that stands still unless something sleeps on it or a piece moves it. */
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

test('a piece is followed by a rest in proportion to its duration, whatever happens in between', async () => {
  const clock = standingClock();
  const pace = new Pace(0.25, clock);
  const piece = (ms: number) => async () => {
    clock.at += ms;
    return ms;
  };
  expect(await pace.run(piece(100))).toBe(100);
  expect(clock.slept).toEqual([]);
  await pace.run(piece(10));
  expect(clock.slept).toEqual([300]);
  clock.at += 20;
  await pace.run(piece(1));
  expect(clock.slept).toEqual([300, 10]);
  clock.at += 1_000;
  await pace.run(piece(1));
  expect(clock.slept).toEqual([300, 10]);
});

test('pieces run one at a time, in their order, and also after one that fails', async () => {
  const clock = standingClock();
  const pace = new Pace(0.5, clock);
  const log: string[] = [];
  const piece =
    (name: string, fails = false) =>
    async () => {
      log.push(`${name} starts`);
      await Promise.resolve();
      clock.at += 10;
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const results = await Promise.allSettled([pace.run(piece('a')), pace.run(piece('b', true)), pace.run(piece('c'))]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  expect(clock.slept).toEqual([10, 10]);
});

test('a share of 1 has no rests, and pieces run side by side', async () => {
  const clock = standingClock();
  const pace = new Pace(1, clock);
  const other = Promise.withResolvers<string>();
  const first = pace.run(() => other.promise);
  const second = pace.run(async () => {
    other.resolve('from the second');
    return 'second';
  });
  expect(await Promise.all([first, second])).toEqual(['from the second', 'second']);
  expect(clock.slept).toEqual([]);
});
