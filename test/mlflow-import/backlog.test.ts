import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createBacklog } from '../../src/mlflow-import/backlog.ts';

test('starts work as long as less than the limit is in progress, and waits for all of it', async () => {
  const backlog = createBacklog(2);
  const ends = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const started: number[] = [];
  const add = (index: number) =>
    backlog.add(async () => {
      started.push(index);
      await ends[index]?.promise;
    });
  await add(0);
  await add(1);
  const third = add(2);
  await turn();
  expect(started).toEqual([0, 1]);
  ends[1]?.resolve();
  await third;
  expect(started).toEqual([0, 1, 2]);
  let isDrained = false;
  const draining = backlog.drain().then(() => {
    isDrained = true;
  });
  ends[0]?.resolve();
  await turn();
  expect(isDrained).toBe(false);
  ends[2]?.resolve();
  await draining;
});

test('reports the first failure, and starts nothing after it', async () => {
  const backlog = createBacklog(2);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await backlog.add(() => first.promise);
  await backlog.add(() => second.promise);
  first.reject(new Error('first'));
  second.reject(new Error('second'));
  await expect(backlog.add(() => Promise.reject(new Error('must not run')))).rejects.toThrow('first');
  await expect(backlog.drain()).rejects.toThrow('first');
});
