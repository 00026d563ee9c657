import { expect, test } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { PartitionLost } from '../../src/record.ts';
import { FatalError } from '../../src/runtime/fatal.ts';
import { createGatherHandler } from '../../src/runtime/gather.ts';
import type { Gathering, OwnedPartition } from '../../src/runtime/stage.ts';
import { StageStatus } from '../../src/runtime/status.ts';
import { METRIC_CODEC, recordsOf, scriptedBatch } from './scripted-batch.ts';

/** A gathering sink that notes what it is asked, and does as `script` says. */
function gathering(script: Partial<Gathering> = {}) {
  const calls: string[] = [];
  const partitions: OwnedPartition[] = [];
  const status = new StageStatus();
  status.assign({ t: [0] });
  const notes = ['first note', 'second note'];
  const handler = createGatherHandler(
    {
      ...{ name: 'archive', from: ['ml.events'], batch: { maxRecords: 2, maxBytes: 1_000 } },
      open: async () => undefined,
      gather(partition) {
        partitions.push(partition);
        calls.push(`begin, ${partition.note}`);
        return {
          async take(records) {
            calls.push(`take ${records.map(({ source }) => source.offset)}`);
          },
          settle: async () => void calls.push('settle'),
          abandon: () => void calls.push('abandon'),
          ...script,
        };
      },
      close: async () => undefined,
    },
    {
      ...{ codec: METRIC_CODEC, log: createLog('silent'), metrics: createMetrics(), status },
      fetchPosition: async () => ({ next: undefined, note: notes.shift() ?? '' }),
    },
  );
  return { handler, calls, partitions, status };
}

test('records are taken and passed, and nothing is committed until the sink says so', async () => {
  const { handler, calls, partitions } = gathering();
  const batch = scriptedBatch(recordsOf(5));
  await handler.handleBatch(batch);
  expect(calls).toEqual(['begin, first note', 'take 0,1', 'take 2,3', 'take 4']);
  expect(batch.calls).toEqual(['pass 1', 'pass 3', 'pass 4']);
  await partitions[0]?.commit(5n, 'complete');
  expect(batch.calls.at(-1)).toBe('commit at 5 complete');
});

test('what an earlier generation gathered is let go, and the partition begun anew from what is committed', async () => {
  const { handler, calls } = gathering();
  const first = scriptedBatch(recordsOf(1));
  await handler.handleBatch(first);
  first.active = false;
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  expect(calls).toEqual(['begin, first note', 'take 0', 'abandon', 'begin, second note', 'take 0']);
});

test('a partition that went to another consumer is let go though no record of it comes any more', async () => {
  const { handler, calls } = gathering();
  const batch = scriptedBatch(recordsOf(1));
  await handler.handleBatch(batch);
  batch.active = false;
  await handler.settle();
  await handler.settle();
  expect(calls).toEqual(['begin, first note', 'take 0', 'abandon']);
});

test('an object that cannot be completed is tried again after a pause, and readiness says why', async () => {
  let refusals = 1;
  let settled = 0;
  const { handler, status } = gathering({
    async settle() {
      settled += 1;
      refusals -= 1;
      if (refusals >= 0) throw new Error('the bucket is away');
    },
  });
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  await handler.settle();
  expect(status.notReady()).toBe('t/0 (gathered) waits: the bucket is away');
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  expect(status.notReady()).toBe('t/0 (gathered) waits: the bucket is away');
  while (status.notReady() !== undefined) await handler.settle();
  expect(settled).toBe(2);
});

test('a commit that comes too late is no trouble', async () => {
  const { handler, status } = gathering({ settle: () => Promise.reject(new PartitionLost('t/0')) });
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  await handler.settle();
  expect(status.notReady()).toBeUndefined();
});

test('a bug is fatal, in a record that is taken and in an object that is completed', async () => {
  const bug = () => Promise.reject(new TypeError('x is undefined'));
  const taking = gathering({ take: bug });
  await expect(taking.handler.handleBatch(scriptedBatch(recordsOf(1)))).rejects.toThrow(FatalError);
  const settling = gathering({ settle: bug });
  await settling.handler.handleBatch(scriptedBatch(recordsOf(1)));
  await expect(settling.handler.settle()).rejects.toThrow(FatalError);
});

test('a partition is never settled while records are taken', async () => {
  const taken = Promise.withResolvers<void>();
  const order: string[] = [];
  const { handler } = gathering({
    async take() {
      order.push('take');
      await taken.promise;
      order.push('taken');
    },
    settle: async () => void order.push('settle'),
  });
  const handled = handler.handleBatch(scriptedBatch(recordsOf(1)));
  while (order.length === 0) await Promise.resolve();
  await handler.settle();
  taken.resolve();
  await handled;
  await handler.settle();
  expect(order).toEqual(['take', 'taken', 'settle']);
});
