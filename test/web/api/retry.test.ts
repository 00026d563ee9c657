import { expect, test } from '@jest/globals';
import { ApiError } from '../../../web/api/request.ts';
import { retryAfterMs } from '../../../web/api/retry.ts';

test.each([
  [0, 0, 3_000],
  [0, 3, 24_000],
  [0, 10, 60_000],
  [429, 0, 3_000],
  [503, 1, 6_000],
  [404, 0, 500],
  [404, 20, 60_000],
  [400, 0, undefined],
  [401, 0, undefined],
  [403, 5, undefined],
])('status %p after %p failures is tried again after %p ms', (status, failures, pauseMs) => {
  expect(retryAfterMs(new ApiError(status, 'code', 'text'), failures)).toBe(pauseMs);
});

test('an error of the program is not tried again', () => {
  expect(retryAfterMs(new TypeError('x is undefined'), 0)).toBeUndefined();
});
