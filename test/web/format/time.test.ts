import { expect, test } from '@jest/globals';
import { formatAgo, formatDuration } from '../../../web/format/time.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

test.each([
  [null, ''],
  [0, '0 ms'],
  [850, '850 ms'],
  [4_230, '4.2 s'],
  [42_000, '42 s'],
  [999.4, '999 ms'],
  [999.7, '1 s'],
  [9_960, '10 s'],
  [59_600, '1 min'],
  [HOUR - 400, '1 h'],
  [DAY - 20_000, '1 d'],
  [DAY - 40_000, '23 h 59 min'],
  [3 * MINUTE + 20 * SECOND, '3 min 20 s'],
  [2 * HOUR + 5 * MINUTE, '2 h 5 min'],
  [2 * HOUR - 1, '2 h'],
  [3 * DAY + 4 * HOUR, '3 d 4 h'],
])('a duration of %p ms is shown as %p', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-500, 'now'],
  [1_900, 'now'],
  [12_000, '12 s ago'],
  [5 * MINUTE, '5 min ago'],
  [3 * HOUR, '3 h ago'],
  [49 * HOUR, '2 d ago'],
])('%p ms ago is shown as %p', (ms, text) => {
  expect(formatAgo(ms)).toBe(text);
});
