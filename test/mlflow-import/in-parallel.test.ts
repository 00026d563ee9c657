import { expect, test } from '@jest/globals';
import { inParallel } from '../../src/mlflow-import/in-parallel.ts';

test('runs every task, at most so many at once', async () => {
  let active = 0;
  let most = 0;
  const done: number[] = [];
  const tasks = Array.from({ length: 10 }, (_, index) => async () => {
    active += 1;
    most = Math.max(most, active);
    await Promise.resolve();
    active -= 1;
    done.push(index);
  });
  await inParallel(3, tasks);
  expect(most).toBe(3);
  expect(done.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('starts no task after a failure, and waits for those in progress', async () => {
  const started: number[] = [];
  const slow = Promise.withResolvers<void>();
  let slowEnded = false;
  const running = inParallel(2, [
    async () => {
      started.push(0);
      await slow.promise;
      slowEnded = true;
    },
    () => {
      started.push(1);
      slow.resolve();
      return Promise.reject(new Error('no'));
    },
    async () => void started.push(2),
  ]);
  await expect(running).rejects.toThrow('no');
  expect(started).toEqual([0, 1]);
  expect(slowEnded).toBe(true);
});
