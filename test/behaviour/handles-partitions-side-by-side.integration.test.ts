import { afterAll, expect, test } from '@jest/globals';
import type { Work } from '../../src/runtime/stage.ts';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { stepsOf, workOf } from '../runtime/work.ts';
import { eventually } from '../support/eventually.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

const STEPS = 40;

test('partitions are handled side by side, as many as allowed, and each in its order', async () => {
  const topic = await world.createTopic('side-by-side', 4);
  const keys = Array.from({ length: 12 }, (_, index) => `run/${index}`);
  for (const key of keys)
    await world.sendSteps(
      topic,
      Array.from({ length: STEPS }, (_, step) => step),
      key,
    );
  expect((await world.counts(topic)).every((count) => count > 0)).toBe(true);

  const steps = new Map(keys.map((key) => [key, [] as number[]]));
  const busy = new Set<number>();
  let left = keys.length * STEPS;
  let most = 0;
  const both = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const work = workOf(
    'side-by-side',
    async (records) => {
      const partition = records[0]?.source.partition ?? -1;
      expect(busy.has(partition)).toBe(false);
      busy.add(partition);
      most = Math.max(most, busy.size);
      if (busy.size === 2) both.resolve();
      // The first waits for a second beside it.
      await both.promise;
      for (const record of records) steps.get(String(record.source.key))?.push(...stepsOf([record]));
      busy.delete(partition);
      left -= records.length;
      if (left === 0) done.resolve();
      return [];
    },
    10,
  );
  const running = await world.run(work, topic, { concurrency: 2 });
  await done.promise;
  await running.stop();
  expect(most).toBe(2);
  const inOrder = Array.from({ length: STEPS }, (_, step) => step);
  expect(Object.fromEntries(steps)).toEqual(Object.fromEntries(keys.map((key) => [key, inOrder])));
});

test('no more is in hand than was asked for, however much waits', async () => {
  const topic = await world.createTopic('bounded');
  const value = Buffer.alloc(10_000);
  for (let sent = 0; sent < 40; sent += 1) await world.send(topic, { key: null, value });
  const inHand: number[] = [];
  let written = 0;
  const done = Promise.withResolvers<void>();
  const work = workOf('bounded', async () => []);
  const running = await world.run(work, topic, {
    fetchBytes: 65_536,
    sender: {
      async send(letters) {
        inHand.push(letters.reduce((sum, { value }) => sum + (value?.length ?? 0), 0));
        written += letters.length;
        if (written === 40) done.resolve();
      },
    },
  });
  await done.promise;
  await running.stop();
  expect(Math.max(...inHand)).toBeLessThanOrEqual(65_536);
  expect(Math.max(...inHand)).toBeGreaterThan(10_000);
});

test('a chunk in progress when the group rebalances is finished and committed, and no consumer handles it again', async () => {
  const topic = await world.createTopic('drain', 2);
  await world.sendSteps(topic, [1, 2, 3], 'run/a');
  const [begun, written, rest] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  const handled: number[] = [];
  const note = (steps: number[]): void => {
    handled.push(...steps);
    if (handled.length === 6) rest.resolve();
  };
  const first = workOf(
    'drain',
    async (records) => {
      begun.resolve();
      await written.promise;
      note(stepsOf(records));
      return [];
    },
    3,
  );
  const one = await world.run(first, topic);
  await begun.promise;
  await world.sendSteps(topic, [4, 5, 6], 'run/a');
  const other = workOf('drain', async (records) => {
    note(stepsOf(records));
    return [];
  });
  const two = await world.run(other, topic);
  await world.rebalancing(first, topic);
  written.resolve();
  await rest.promise;
  await Promise.all([one.stop(), two.stop()]);
  expect(handled.sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a stage that has records and does not move is not alive, though its consumer is well', async () => {
  const topic = await world.createTopic('wedged');
  await world.sendSteps(topic, [1]);
  const [stuck, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const work = workOf('wedged', async () => {
    stuck.resolve();
    await released.promise;
    return [];
  });
  const running = await world.run(work, topic, { stalledMs: 1 });
  await stuck.promise;
  await eventually(async () => !(await running.live()).ok);
  expect(await running.ready()).toMatchObject({ ok: true });
  expect((await running.live()).checks[`wedged ${topic}`]).toMatch(`${topic}/0 has records from offset`);
  released.resolve();
  await eventually(async () => (await running.live()).ok);
  await running.stop();
});

test('a sink that makes progress in a long write is alive, and degrades the process when it waits', async () => {
  const topic = await world.createTopic('slow');
  await world.sendSteps(topic, [1]);
  const [stuck, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let progressedAt = Date.now() + 3_600_000;
  let failures = 0;
  const work: Work = {
    ...workOf('slow', async () => {
      stuck.resolve();
      await released.promise;
      failures += 1;
      if (failures < 3) throw new Error('the dependency is unavailable');
      return [];
    }),
    progressedAt: () => progressedAt,
    waiting: 'degraded',
  };
  const running = await world.run(work, topic, { stalledMs: 1 });
  await stuck.promise;
  expect(await running.live()).toMatchObject({ ok: true });
  progressedAt = 0;
  await eventually(async () => !(await running.live()).ok);
  released.resolve();
  await eventually(async () => (await running.ready()).degraded === true);
  expect(await running.ready()).toMatchObject({ ok: true });
  await eventually(async () => (await running.ready()).degraded === undefined && failures === 3);
  await running.stop();
});
