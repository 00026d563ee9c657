import { expect, test } from '@jest/globals';
import { lazy } from '../../src/runtime/lazy.ts';

test('opens once for all callers', async () => {
  let opened = 0;
  const connect = lazy(async () => {
    opened += 1;
    return opened;
  });
  expect(opened).toBe(0);
  expect(await Promise.all([connect(), connect()])).toEqual([1, 1]);
  expect(await connect()).toBe(1);
});

test('gives a failed attempt to all who waited for it, and tries again on the next call', async () => {
  let attempts = 0;
  const connect = lazy(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('refused');
    return attempts;
  });
  const first = await Promise.allSettled([connect(), connect()]);
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await connect()).toBe(2);
});
