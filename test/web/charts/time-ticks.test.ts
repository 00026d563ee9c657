import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clockTicks, durationTicks } from '../../../web/charts/time-ticks.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test.each([
  [0, 10 * SECOND, 5, ['0', '2 s', '4 s', '6 s', '8 s', '10 s']],
  [123_400, 123_600, 4, ['2 min 3.40 s', '2 min 3.45 s', '2 min 3.50 s', '2 min 3.55 s', '2 min 3.60 s']],
  [0, 3 * HOUR, 3, ['0', '1 h', '2 h', '3 h']],
  [0, 10 * DAY, 5, ['0', '2 d', '4 d', '6 d', '8 d', '10 d']],
  [0, 1e15, 4, ['0', '5,000,000 d', '10,000,000 d']],
  [-1_500, 1_500, 3, ['−1 s', '0', '1 s']],
])('durations from %p to %p ms, about %p ticks', (low, high, count, texts) => {
  expect(durationTicks(low, high, count).map(({ text }) => text)).toEqual(texts);
});

const at = (...parts: [number, number, number, number?, number?, number?, number?]): number =>
  new Date(...parts).getTime();

test.each([
  [at(2026, 4, 4, 12), at(2026, 4, 4, 14), 4, ['12:00\n2026-05-04', '12:30', '13:00', '13:30', '14:00']],
  [at(2026, 4, 4, 23), at(2026, 4, 5, 2), 3, ['23:00\n2026-05-04', '00:00\n2026-05-05', '01:00', '02:00']],
  [at(2026, 4, 4, 12, 0, 0), at(2026, 4, 4, 12, 0, 1), 2, ['12:00:00.000\n2026-05-04', '12:00:00.500', '12:00:01.000']],
  [at(2026, 4, 1), at(2026, 4, 3), 2, ['2026-05-01', '2026-05-02', '2026-05-03']],
  [at(2026, 0, 1), at(2026, 6, 1), 3, ['2026-01-01', '2026-03-01', '2026-05-01', '2026-07-01']],
  [at(1990, 0, 1), at(2031, 0, 1), 4, ['2000-01-01', '2020-01-01']],
])('the clock from %p to %p, about %p ticks', (low, high, count, texts) => {
  expect(clockTicks(low, high, count).map(({ text }) => text)).toEqual(texts);
});

test('any time of a clock, and any width, have few ticks, in order and within the range', () => {
  const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
  const width = fc.oneof(
    fc.integer({ min: 1, max: 1e6 }),
    fc.integer({ min: 1, max: 1e11 }),
    fc.integer({ min: 1, max: 8e15 }),
  );
  fc.assert(
    fc.property(
      fc.oneof(time, fc.integer({ min: 0, max: 4e12 })),
      width,
      fc.integer({ min: 1, max: 12 }),
      (low, span, count) => {
        const high = low + span;
        const durations = durationTicks(low, high, count);
        expect(new Set(durations.map(({ text }) => text)).size).toBe(durations.length);
        for (const ticks of [clockTicks(low, high, count), durations]) {
          const places = ticks.map((tick) => tick.at);
          expect(places.length).toBeLessThanOrEqual(2 * count + 3);
          expect(places.every((each) => each >= low && each <= high)).toBe(true);
          expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test.each([8, 500, 20_000, 3 * HOUR, 20 * DAY])('the ticks of %p ms take few dates', (width) => {
  const RealDate = globalThis.Date;
  let made = 0;
  globalThis.Date = class extends RealDate {
    constructor(...parts: readonly number[]) {
      super(...(parts as [number]));
      made += 1;
    }
  } as DateConstructor;
  try {
    const low = new RealDate(2026, 4, 4, 12, 30).getTime();
    expect(clockTicks(low, low + width, 8).length).toBeGreaterThan(2);
  } finally {
    globalThis.Date = RealDate;
  }
  expect(made).toBeLessThan(60);
});
