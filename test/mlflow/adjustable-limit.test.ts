import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createAdjustableLimit } from '../../src/mlflow/adjustable-limit.ts';

/** Starts `count` pieces of work that end when `finish` is called. */
function startWork(limit: ReturnType<typeof createAdjustableLimit>, count: number) {
  const started: number[] = [];
  const ends = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const done = ends.map(({ promise }, index) =>
    limit.run(undefined, () => {
      started.push(index);
      return promise;
    }),
  );
  async function finish(index: number): Promise<void> {
    ends[index]?.resolve();
    await done[index];
    await turn();
  }
  return { started, finish };
}

test('starts work in order, as many at once as the limit', async () => {
  const work = startWork(createAdjustableLimit(2, 1), 4);
  await turn();
  expect(work.started).toEqual([0, 1]);
  await work.finish(1);
  expect(work.started).toEqual([0, 1, 2]);
  await work.finish(0);
  expect(work.started).toEqual([0, 1, 2, 3]);
  await work.finish(2);
  await work.finish(3);
});

test('is halved down to 1, and rises by one after some successes', async () => {
  const limit = createAdjustableLimit(4, 2);
  for (let times = 0; times < 3; times += 1) limit.halve();
  const work = startWork(limit, 6);
  await turn();
  expect(work.started).toEqual([0]);
  await work.finish(0);
  expect(work.started).toEqual([0, 1]);
  await work.finish(1);
  expect(work.started).toEqual([0, 1, 2, 3]);
  for (const index of [2, 3, 4, 5]) await work.finish(index);
});

test('work that fails frees its place', async () => {
  const limit = createAdjustableLimit(1, 1);
  await expect(limit.run(undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(limit.run(undefined, async () => 'yes')).resolves.toBe('yes');
});

test('a wait ends when its signal is aborted, and the next in line takes the place', async () => {
  const limit = createAdjustableLimit(1, 1);
  const first = Promise.withResolvers<void>();
  const running = limit.run(undefined, () => first.promise);
  const stop = new AbortController();
  const second = limit.run(stop.signal, async () => 'second');
  const third = limit.run(undefined, async () => 'third');
  stop.abort(new Error('stopped'));
  await expect(second).rejects.toThrow('stopped');
  first.resolve();
  await expect(third).resolves.toBe('third');
  await running;
});
