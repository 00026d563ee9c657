import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Codec } from '../../src/avro/codec.ts';
import { acceptedAt } from '../../src/events/accepted-at.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { PartitionLost } from '../../src/record.ts';
import { Breaker } from '../../src/runtime/breaker.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import { createBatchHandler } from '../../src/runtime/loop.ts';
import type { Rejected, Work } from '../../src/runtime/stage.ts';
import { METRIC_CODEC, recordsOf, scriptedBatch } from './scripted-batch.ts';
import { workOf } from './work.ts';

afterEach(() => {
  jest.useRealTimers();
});

/** The loop around some work, with its metrics, its status and its dead letters. */
function looping(
  handle: Work['handle'],
  maxRecords?: number,
  chunkRecords = 1_000,
  { codec = METRIC_CODEC, ...more }: { readonly codec?: Codec } & Pick<Work, 'available'> = {},
) {
  const metrics = createMetrics();
  const status = new ConsumerStatus();
  const letters: Rejected[] = [];
  const work = { ...workOf('stage', handle, maxRecords), ...more };
  const handleBatch = createBatchHandler(work, {
    codec,
    log: createLog('silent'),
    metrics,
    status,
    breaker: new Breaker({ runLength: 3, ratio: 1, windowRecords: 100 }),
    acceptedAt,
    chunkRecords,
    deadLetters: {
      async write(_, rejected) {
        expect(rejected).not.toEqual([]);
        letters.push(...rejected);
      },
    },
  });
  return { handleBatch, metrics, status, letters };
}

test('a rebalance during a write does not interrupt it: the chunk is committed, then the batch is abandoned', async () => {
  jest.useFakeTimers();
  const written = Promise.withResolvers<void>();
  const handled: number[] = [];
  const { handleBatch } = looping(async (records) => {
    handled.push(records.length);
    await written.promise;
    return [];
  }, 2);
  const rebalancing = new Error('the group is rebalancing');
  const batch = scriptedBatch(recordsOf(6), { heartbeat: () => Promise.reject(rebalancing) });
  const done = expect(handleBatch(batch)).rejects.toBe(rebalancing);
  await jest.advanceTimersByTimeAsync(5_000);
  written.resolve();
  await done;
  expect({ handled, calls: batch.calls }).toEqual({ handled: [2], calls: ['commit 1'] });
});

test('no chunk of a batch is started once the partition belongs to another consumer', async () => {
  const batch = scriptedBatch(recordsOf(6));
  const { handleBatch } = looping(async () => {
    batch.active = false;
    return [];
  }, 2);
  await handleBatch(batch);
  expect(batch.calls).toEqual(['commit 1']);
});

describe('a commit', () => {
  test('is repeated when it fails, without a second write', async () => {
    const refusals = [new Error('the coordinator has moved'), new Error('the connection was lost')];
    let writes = 0;
    const { handleBatch, metrics, status } = looping(async () => {
      writes += 1;
      return [];
    });
    status.assign({ t: [0] });
    const told: unknown[] = [];
    const batch = scriptedBatch(recordsOf(3), {
      async commit(offset) {
        told.push(status.notReady());
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        batch.calls.push(`commit ${offset}`);
      },
    });
    await handleBatch(batch);
    expect({ writes, calls: batch.calls }).toEqual({ writes: 1, calls: ['commit 2'] });
    expect(told).toEqual([undefined, 't/0 waits: the coordinator has moved', 't/0 waits: the connection was lost']);
    expect(status.notReady()).toBeUndefined();
    expect((await metrics.stageRetries.get()).values).toMatchObject([{ value: 2 }]);
  });

  test('abandons the batch when another generation of the group has overtaken it', async () => {
    const { handleBatch } = looping(async () => [], 2);
    const batch = scriptedBatch(recordsOf(6), {
      async commit() {
        batch.active = false;
        throw new PartitionLost('this consumer no longer owns t/0');
      },
    });
    await handleBatch(batch);
    expect(batch.heartbeats).toBe(0);
  });

  test('rethrows the error of the coordinator so that kafkajs rejoins the group', async () => {
    const answer = Object.assign(new Error('rebalance in progress'), { type: 'REBALANCE_IN_PROGRESS' });
    const { handleBatch } = looping(async () => [], 2);
    const batch = scriptedBatch(recordsOf(6), {
      commit: () => Promise.reject(new PartitionLost('this consumer no longer owns t/0', { cause: answer })),
    });
    await expect(handleBatch(batch)).rejects.toBe(answer);
  });
});
