import { expect, test } from '@jest/globals';
import { FailedAttempts } from '../../src/access/failed-attempts.ts';

const RATE = { perSecond: 1, capacity: 3 };

test('failed authentications are counted by address, and forgotten with time', () => {
  const failures = new FailedAttempts(RATE, 100);
  for (let count = 0; count < 3; count += 1) {
    expect(failures.retryAfterSeconds('192.0.2.1', 0)).toBe(0);
    failures.add('192.0.2.1', 0);
  }
  expect(failures.retryAfterSeconds('192.0.2.1', 0)).toBe(1);
  expect(failures.retryAfterSeconds('192.0.2.2', 0)).toBe(0);
  expect(failures.retryAfterSeconds('192.0.2.1', 1_000)).toBe(0);
});

test('failed authentications take bounded memory: the address that failed longest ago is dropped', () => {
  const failures = new FailedAttempts({ perSecond: 0.001, capacity: 1 }, 3);
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.1', '10.0.0.4']) failures.add(address, 0);
  expect(failures.size).toBe(3);
  expect(failures.retryAfterSeconds('10.0.0.2', 0)).toBe(0);
  expect(failures.retryAfterSeconds('10.0.0.1', 0)).toBeGreaterThan(0);
});
