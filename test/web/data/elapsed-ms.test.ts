import { expect, test } from '@jest/globals';
import { takenMs } from '../../../web/data/elapsed-ms.ts';

const at = (ms: number): string => new Date(ms).toISOString();

test.each([
  ['running', at(1_000), null, null, 4_000],
  // Its clock is ahead of that of the browser.
  ['running', at(9_000), null, null, 0],
  ['running', null, null, null, null],
  ['completed', at(1_000), at(3_000), 1_500, 1_500],
  ['completed', at(1_000), at(3_000), null, 2_000],
  ['failed', at(3_000), at(1_000), null, 0],
] as const)(
  'a %s trial from %p to %p, reported as %p, took %p ms',
  (status, started_at, completed_at, duration_ms, ms) => {
    expect(takenMs({ status, started_at, completed_at, duration_ms }, 5_000)).toBe(ms);
  },
);
