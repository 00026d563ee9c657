import { expect, test } from '@jest/globals';
import { dropAttempts } from '../../src/retention/drop-partition.ts';

test('the attempts at a lock hold others up for a tenth of the time at most, the first one shortest', () => {
  const attempts = [...dropAttempts()];
  for (const { lockTimeoutMs, pauseMs } of attempts) expect(lockTimeoutMs / (lockTimeoutMs + pauseMs)).toBeCloseTo(0.1);
  const timeouts = attempts.map(({ lockTimeoutMs }) => lockTimeoutMs);
  expect(timeouts).toEqual(timeouts.toSorted((a, b) => a - b));
  expect(timeouts[0]).toBe(50);
  expect(timeouts.at(-1)).toBe(1_000);
  const totalMs = attempts.reduce((sum, { lockTimeoutMs, pauseMs }) => sum + lockTimeoutMs + pauseMs, 0);
  expect(totalMs).toBeGreaterThan(90_000);
  expect(totalMs).toBeLessThan(101_000);
});
