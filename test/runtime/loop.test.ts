import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { acceptedAt } from '../../src/events/accepted-at.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { PartitionLost } from '../../src/record.ts';
import { Breaker } from '../../src/runtime/breaker.ts';
import { FatalError } from '../../src/runtime/fatal.ts';
import { createBatchHandler } from '../../src/runtime/loop.ts';
import type { Rejected, Work } from '../../src/runtime/stage.ts';
import { StageStatus } from '../../src/runtime/status.ts';
import { METRIC_CODEC, recordsOf, scriptedBatch } from './scripted-batch.ts';
import { workOf } from './work.ts';

afterEach(() => {
  jest.useRealTimers();
});

/** The loop around some work, with what it tells and dead-letters. */
function looping(handle: Work['handle'], maxRecords?: number) {
  const metrics = createMetrics();
  const status = new StageStatus();
  const letters: Rejected[] = [];
  const handleBatch = createBatchHandler(workOf('stage', handle, maxRecords), {
    ...{ codec: METRIC_CODEC, log: createLog('silent'), metrics, status },
    breaker: new Breaker({ runLength: 3, ratio: 1, windowRecords: 100 }),
    acceptedAt,
    deadLetters: { write: async (_, rejected) => void letters.push(...rejected) },
  });
  return { handleBatch, metrics, status, letters };
}

test('the group is told that we live for as long as a write takes', async () => {
  jest.useFakeTimers();
  const written = Promise.withResolvers<void>();
  const { handleBatch } = looping(async () => {
    await written.promise;
    return [];
  });
  const batch = scriptedBatch(recordsOf(3));
  const handled = handleBatch(batch);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(batch.heartbeats).toBe(60);
  expect(batch.calls).toEqual([]);
  written.resolve();
  await handled;
  expect(batch.calls).toEqual(['commit 2']);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(batch.heartbeats).toBe(61);
});

test('a rebalance met in the middle of a write does not end it: it is committed, and then the batch is let go', async () => {
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

test('nothing is begun of a batch that is not ours any more', async () => {
  const batch = scriptedBatch(recordsOf(6));
  const { handleBatch } = looping(async () => {
    batch.active = false;
    return [];
  }, 2);
  await handleBatch(batch);
  expect(batch.calls).toEqual(['commit 1']);
});

describe('a commit', () => {
  test('that fails is made again, and nothing is written twice for it', async () => {
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

  test('that another generation of the group overtook lets go of the batch', async () => {
    const { handleBatch } = looping(async () => [], 2);
    const batch = scriptedBatch(recordsOf(6), {
      async commit() {
        batch.active = false;
        throw new PartitionLost('t/0 is not ours any more');
      },
    });
    await handleBatch(batch);
    expect(batch.heartbeats).toBe(0);
  });

  test('that the coordinator refuses hands its answer to kafkajs, which joins the group again', async () => {
    const answer = Object.assign(new Error('rebalance in progress'), { type: 'REBALANCE_IN_PROGRESS' });
    const { handleBatch } = looping(async () => [], 2);
    const batch = scriptedBatch(recordsOf(6), {
      commit: () => Promise.reject(new PartitionLost('t/0 is not ours any more', { cause: answer })),
    });
    await expect(handleBatch(batch)).rejects.toBe(answer);
  });
});

test('trouble does not outlive the batch in which it was met', async () => {
  const { handleBatch, status } = looping(async () => {
    throw new Error('the database is away');
  });
  status.assign({ t: [0] });
  const batch = scriptedBatch(recordsOf(1), {
    async heartbeat() {
      expect(status.notReady()).toBe('t/0 waits: the database is away');
      batch.active = false;
    },
  });
  await handleBatch(batch);
  expect(status.notReady()).toBeUndefined();
  expect(batch.calls).toEqual([]);
});

test('a bug is fatal, and nothing is committed', async () => {
  const { handleBatch } = looping(() => Promise.reject(new TypeError('x is undefined')));
  const batch = scriptedBatch(recordsOf(1));
  await expect(handleBatch(batch)).rejects.toThrow(FatalError);
  expect(batch.calls).toEqual([]);
});

test('a breaker that opens holds everything until the cause is mended', async () => {
  const { handleBatch, letters, metrics, status } = looping(async (records) =>
    status.cause === undefined
      ? records.map(({ source }) => ({ record: source, code: 'rejected_by_database', message: 'a mistake of ours' }))
      : [],
  );
  status.assign({ t: [0] });
  const seen: unknown[] = [];
  const breakerOpen = async () => (await metrics.stageBreaker.get()).values[0]?.value;
  const batch = scriptedBatch(recordsOf(5), {
    async heartbeat() {
      seen.push([await breakerOpen(), status.cause]);
    },
  });
  await handleBatch(batch);
  expect(seen[0]).toEqual([1, '5 records in a row cannot be processed, 3 are the limit (BREAKER_RUN_LENGTH)']);
  expect(await breakerOpen()).toBe(0);
  expect({ letters, calls: batch.calls }).toEqual({ letters: [], calls: ['commit 4'] });
});

test('lag is told as of the last commit, and latency from the acceptance of the oldest event', async () => {
  const { handleBatch, metrics } = looping(async () => [], 2);
  const batch = scriptedBatch(recordsOf(4), { highWatermark: '10' });
  const begun = Date.now();
  await handleBatch(batch);
  expect((await metrics.stageLag.get()).values).toMatchObject([
    { value: 6, labels: { stage: 'stage', topic: 't', partition: 0 } },
  ]);
  const { values } = await metrics.stageLatency.get();
  const sum = values.find(({ metricName }) => metricName?.endsWith('_sum'))?.value ?? 0;
  // Two chunks, each with an event of the first millisecond of 1970.
  expect(sum).toBeGreaterThanOrEqual((2 * (begun - 1)) / 1_000);
  expect(sum).toBeLessThan((2 * (begun + 60_000)) / 1_000);
});
