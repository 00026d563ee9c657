import { expect, test } from '@jest/globals';
import type { Codec } from '../../src/avro/codec.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { PartitionLost } from '../../src/record.ts';
import { createAccumulatingHandler } from '../../src/runtime/accumulating-loop.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import { FatalError } from '../../src/runtime/fatal.ts';
import type { Accumulator, OwnedPartition } from '../../src/runtime/sink.ts';
import { METRIC_CODEC, recordsOf, scriptedBatch } from './scripted-batch.ts';

/** An accumulating sink that notes what it is asked, and does as `script` says. */
function accumulating(
  script: Partial<Accumulator> = {},
  chunkRecords = 1_000,
  committedId?: string,
  codec: Codec = METRIC_CODEC,
) {
  const calls: string[] = [];
  const partitions: OwnedPartition[] = [];
  const status = new ConsumerStatus();
  status.assign({ t: [0] });
  const notes = ['first note', 'second note'];
  const handler = createAccumulatingHandler(
    {
      name: 'archive',
      batch: { maxRecords: 2, maxBytes: 1_000 },
      open: async () => undefined,
      accumulate(partition) {
        partitions.push(partition);
        calls.push(`begin, ${partition.note}`);
        return {
          async take(records) {
            calls.push(`take ${records.map(({ source }) => source.offset)}`);
          },
          skip: async (next) => void calls.push(`skip to ${next}`),
          settle: async () => void calls.push('settle'),
          abandon: () => void calls.push('abandon'),
          ...script,
        };
      },
      close: async () => undefined,
    },
    {
      codec,
      log: createLog('silent'),
      metrics: createMetrics(),
      status,
      chunkRecords,
      fetchPosition: async () => ({ next: undefined, topicId: committedId, note: notes.shift() ?? '' }),
    },
  );
  return { handler, calls, partitions, status };
}

test('the sink takes records, and nothing is committed until it commits', async () => {
  const { handler, calls, partitions } = accumulating();
  const batch = scriptedBatch(recordsOf(5));
  await handler.handleBatch(batch);
  expect(calls).toEqual(['begin, first note', 'take 0,1', 'take 2,3', 'take 4']);
  expect(batch.calls).toEqual(['pass 1', 'pass 3', 'pass 4']);
  await partitions[0]?.commit(5n, 'complete');
  expect(batch.calls.at(-1)).toBe('commit at 5 complete');
});

test.each([
  ['of a deleted topic', 'deleted', ''],
  ['of the same topic', 'current', 'first note'],
  ['of an earlier version, which has no topic id,', undefined, 'first note'],
])('the sink is given the note %s as far as it is about its records', async (_, committedId, note) => {
  const { handler, partitions } = accumulating({}, 1_000, committedId);
  await handler.handleBatch(scriptedBatch(recordsOf(1), { topicId: 'current' }));
  expect(partitions).toMatchObject([{ topicId: 'current', note }]);
});

test('an unreadable batch is passed over by the sink, before its partition goes on', async () => {
  const { handler, calls, status } = accumulating();
  const batch = scriptedBatch(recordsOf(1));
  await handler.handleBatch(batch);
  await handler.pass(batch, '8');
  expect(calls).toEqual(['begin, first note', 'take 0', 'skip to 9']);
  expect(batch.calls).toEqual(['pass 0', 'pass 8']);
  expect(status.taken.get('t/0')).toBe(9n);
});

test('the sink is given at most CHUNK_RECORDS records at once', async () => {
  const { handler, calls } = accumulating({}, 1);
  await handler.handleBatch(scriptedBatch(recordsOf(3)));
  expect(calls).toEqual(['begin, first note', 'take 0', 'take 1', 'take 2']);
});

test('a new generation of the group discards the accumulated records and starts from the committed position', async () => {
  const { handler, calls } = accumulating();
  const first = scriptedBatch(recordsOf(1));
  await handler.handleBatch(first);
  first.owned = false;
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  expect(calls).toEqual(['begin, first note', 'take 0', 'abandon', 'begin, second note', 'take 0']);
});

test('a partition that is abandoned while records are decoded is given none of them', async () => {
  const schema = Promise.withResolvers<void>();
  let decodes = 0;
  const decode: Codec['decode'] = async (value) => {
    decodes += 1;
    if (decodes > 1) await schema.promise;
    return METRIC_CODEC.decode(value);
  };
  const { handler, calls } = accumulating({}, 1_000, undefined, { ...METRIC_CODEC, decode });
  const first = scriptedBatch(recordsOf(1));
  await handler.handleBatch(first);
  const handled = handler.handleBatch(scriptedBatch(recordsOf(2).slice(1)));
  await new Promise(setImmediate);
  first.owned = false;
  await handler.settle();
  schema.resolve();
  await handled;
  expect(calls).toEqual(['begin, first note', 'take 0', 'abandon', 'begin, second note', 'take 1']);
});

test('records accumulated before a failure are kept while the partition is owned', async () => {
  const { handler, calls } = accumulating();
  const first = scriptedBatch(recordsOf(1));
  await handler.handleBatch(first);
  first.active = false;
  await handler.settle();
  await handler.handleBatch(scriptedBatch(recordsOf(2).slice(1)));
  expect(calls).toEqual(['begin, first note', 'take 0', 'settle', 'take 1']);
});

test('a partition assigned to another consumer is abandoned although no further record arrives', async () => {
  const { handler, calls } = accumulating();
  const batch = scriptedBatch(recordsOf(1));
  await handler.handleBatch(batch);
  batch.owned = false;
  await handler.settle();
  await handler.settle();
  expect(calls).toEqual(['begin, first note', 'take 0', 'abandon']);
});

test('a result that cannot be completed is retried after a pause, and readiness reports the cause', async () => {
  let refusals = 1;
  let settled = 0;
  const { handler, status } = accumulating({
    async settle() {
      settled += 1;
      refusals -= 1;
      if (refusals >= 0) throw new Error('the bucket is unavailable');
    },
  });
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  await handler.settle();
  expect(status.notReady()).toBe('t/0 (accumulated) waits: the bucket is unavailable');
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  expect(status.notReady()).toBe('t/0 (accumulated) waits: the bucket is unavailable');
  while (status.notReady() !== undefined) await handler.settle();
  expect(settled).toBe(2);
});

test('a commit after the partition was lost is not a failure', async () => {
  const { handler, status } = accumulating({ settle: () => Promise.reject(new PartitionLost('t/0')) });
  await handler.handleBatch(scriptedBatch(recordsOf(1)));
  await handler.settle();
  expect(status.notReady()).toBeUndefined();
});

test('a bug throws a FatalError, both while taking records and while completing a result', async () => {
  const bug = () => Promise.reject(new TypeError('x is undefined'));
  const taking = accumulating({ take: bug });
  await expect(taking.handler.handleBatch(scriptedBatch(recordsOf(1)))).rejects.toThrow(FatalError);
  const settling = accumulating({ settle: bug });
  await settling.handler.handleBatch(scriptedBatch(recordsOf(1)));
  await expect(settling.handler.settle()).rejects.toThrow(FatalError);
});

test('the loop never settles a partition while it takes records', async () => {
  const taken = Promise.withResolvers<void>();
  const order: string[] = [];
  const { handler } = accumulating({
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
