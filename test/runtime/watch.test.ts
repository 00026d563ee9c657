import { expect, test } from '@jest/globals';
import type { Lag } from '../../src/kafka/admin/lag.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import { createWatch } from '../../src/runtime/watch.ts';
import { recordsOf, scriptedBatch } from './scripted-batch.ts';

/** The position kafkajs commits when it finds its own one deleted. */
const FROM_THE_BEGINNING = -2;

/** A stage that owns `t/0`, in a group whose position a test sets. */
function watching() {
  const metrics = createMetrics();
  const status = new ConsumerStatus();
  status.assign({ t: [0] });
  const at = { committed: -1, start: 0, end: 100, asked: 0 };
  const watch = createWatch(
    'stage',
    { groupId: 'group', topics: ['t'] },
    {
      log: createLog('silent'),
      metrics,
      status,
      async fetchLag(): Promise<Lag[]> {
        at.asked += 1;
        const { committed, start, end } = at;
        const position = { committed: String(committed), start: String(start), end: String(end) };
        return [{ topic: 't', partition: 0, ...position, lag: end - Math.max(start, committed) }];
      },
    },
  );
  /** A batch of `count` records from `offset` on passes through the stage. */
  async function pass(offset: number, count: number): Promise<void> {
    const batch = scriptedBatch(recordsOf(offset + count).slice(offset));
    await watch.before(batch);
    watch.after(batch);
  }
  const lost = async () => (await metrics.stageLost.get()).values[0]?.value ?? 0;
  return { watch, at, status, metrics, pass, lost };
}

test('the lag is that of the committed positions', async () => {
  const { watch, at, metrics } = watching();
  at.committed = 40;
  await watch.observe();
  expect((await metrics.stageLag.get()).values).toMatchObject([
    { value: 60, labels: { stage: 'stage', topic: 't', partition: 0 } },
  ]);
});

test('records deleted while no consumer ran are counted once, although the group loses its position', async () => {
  const { watch, at, pass, lost } = watching();
  at.committed = 10;
  at.start = 30;
  // No member has joined yet, so the owner of the partition is not known.
  await watch.observe();
  at.committed = FROM_THE_BEGINNING;
  await pass(30, 10);
  await watch.observe();
  at.committed = 40;
  await watch.observe();
  expect(await lost()).toBe(20);
});

test('records deleted before a slow consumer has read them are counted', async () => {
  const { at, pass, lost } = watching();
  await pass(0, 10);
  at.start = 25;
  at.committed = FROM_THE_BEGINNING;
  await pass(25, 5);
  at.start = 50;
  await pass(50, 5);
  expect(await lost()).toBe(15 + 20);
});

test('records that a sink has taken but not committed are not lost when they are deleted, and others are', async () => {
  const { watch, at, status, lost } = watching();
  at.committed = 10;
  status.taken.set('t/0', 30n);
  at.start = 20;
  await watch.observe();
  expect(await lost()).toBe(0);
  at.start = 50;
  await watch.observe();
  expect(await lost()).toBe(20);
});

test.each<[string, (world: ReturnType<typeof watching>) => void]>([
  ['a group that never read', ({ at }) => Object.assign(at, { committed: -1, start: 50 })],
  [
    'a partition of another',
    ({ at, status }) => {
      Object.assign(at, { committed: 5, start: 50 });
      status.assign({});
    },
  ],
  ['offsets that are not dense', ({ at }) => Object.assign(at, { committed: 5, start: 0 })],
])('%s has lost nothing', async (_, change) => {
  const world = watching();
  change(world);
  await world.watch.observe();
  await world.pass(50, 5);
  expect(await world.lost()).toBe(0);
});

test('the broker is asked only when offsets are missing', async () => {
  const { at, pass } = watching();
  await pass(0, 10);
  await pass(10, 10);
  await pass(20, 10);
  expect(at.asked).toBe(0);
  await pass(31, 10);
  expect(at.asked).toBe(1);
});

test('the progress of a partition is the time since when it has stood still with records', async () => {
  const { watch, at, metrics } = watching();
  at.committed = 40;
  const before = Date.now() / 1_000;
  await watch.observe();
  const progressAt = async () => (await metrics.stageProgress.get()).values[0]?.value ?? 0;
  const stoodSince = await progressAt();
  expect(stoodSince).toBeGreaterThanOrEqual(before);
  await watch.observe();
  expect(await progressAt()).toBe(stoodSince);
});

test('a partition that another member has taken is reported by that member alone', async () => {
  const { watch, at, metrics, status } = watching();
  at.committed = 40;
  await watch.observe();
  status.assign({ t: [1] });
  await watch.observe();
  expect((await metrics.stageLag.get()).values).toEqual([]);
  expect((await metrics.stageProgress.get()).values).toEqual([]);
});

test('the counters of a partition exist before anything goes wrong in it', async () => {
  const { watch, metrics } = watching();
  await watch.observe();
  const labels = { stage: 'stage', topic: 't', partition: 0 };
  expect((await metrics.stageLost.get()).values).toMatchObject([{ value: 0, labels }]);
  expect((await metrics.stageRewinds.get()).values).toMatchObject([{ value: 0, labels }]);
});
