import { afterEach, expect, jest, test } from '@jest/globals';
import type { Codec } from '../../src/avro/codec.ts';
import { acceptedAt } from '../../src/events/accepted-at.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { Breaker } from '../../src/runtime/breaker.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import { FatalError } from '../../src/runtime/fatal.ts';
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

test('heartbeats are sent for as long as a write takes', async () => {
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

test('nothing is decoded while the dependency is known to be unavailable', async () => {
  jest.useFakeTimers();
  let isAway = true;
  const decode = jest.fn(METRIC_CODEC.decode);
  const codec = { ...METRIC_CODEC, decode };
  const available = async (): Promise<void> => {
    if (isAway) throw new Error('away');
  };
  const { handleBatch } = looping(async () => [], 2, 1_000, { codec, available });
  const batch = scriptedBatch(recordsOf(3));
  const handled = handleBatch(batch);
  await jest.advanceTimersByTimeAsync(60_000);
  expect([decode.mock.calls.length, batch.calls]).toEqual([0, []]);
  isAway = false;
  await jest.advanceTimersByTimeAsync(60_000);
  await handled;
  expect([decode.mock.calls.length, batch.calls]).toEqual([3, ['commit 1', 'commit 2']]);
});

test.each([
  [5_000, 4, [4, 4, 2]],
  [3, 4, [3, 3, 3, 1]],
])('work that takes %i records is given at most CHUNK_RECORDS, %i, at once', async (ofWork, chunkRecords, chunks) => {
  const handled: number[] = [];
  const handle: Work['handle'] = async (records) => {
    handled.push(records.length);
    return [];
  };
  const { handleBatch } = looping(handle, ofWork, chunkRecords);
  await handleBatch(scriptedBatch(recordsOf(10)));
  expect(handled).toEqual(chunks);
});

test('a waiting state ends with the batch that caused it', async () => {
  const { handleBatch, status } = looping(async () => {
    throw new Error('the database is unavailable');
  });
  status.assign({ t: [0] });
  const batch = scriptedBatch(recordsOf(1), {
    async heartbeat() {
      expect(status.notReady()).toBe('t/0 waits: the database is unavailable');
      batch.active = false;
    },
  });
  await handleBatch(batch);
  expect(status.notReady()).toBeUndefined();
  expect(batch.calls).toEqual([]);
});

test('a bug throws a FatalError, and nothing is committed', async () => {
  const { handleBatch } = looping(() => Promise.reject(new TypeError('x is undefined')));
  const batch = scriptedBatch(recordsOf(1));
  await expect(handleBatch(batch)).rejects.toThrow(FatalError);
  expect(batch.calls).toEqual([]);
});

test('an open breaker holds every record until the cause is removed', async () => {
  const { handleBatch, letters, metrics, status } = looping(async (records) =>
    status.cause === undefined
      ? records.map(({ source }) => ({
          record: source,
          code: 'rejected_by_database',
          message: 'a fault of this program',
        }))
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
  expect(seen[0]).toEqual([1, '5 consecutive records were rejected; the limit is 3 (BREAKER_RUN_LENGTH)']);
  expect(await breakerOpen()).toBe(0);
  expect({ letters, calls: batch.calls }).toEqual({ letters: [], calls: ['commit 4'] });
});

test('a record that is durable is not handled again while the breaker is open, or while a dead letter cannot be written', async () => {
  const handled: string[] = [];
  let isRepaired = false;
  const metrics = createMetrics();
  const status = new ConsumerStatus();
  const letters: string[] = [];
  const away = [new Error('the topic cannot be written')];
  const handle: Work['handle'] = async (records) => {
    handled.push(records.map(({ source }) => source.offset).join());
    const bad = records.filter(({ source }) => source.offset === '3' || (!isRepaired && source.offset !== '0'));
    return bad.map(({ source }) => ({ record: source, code: 'rejected_by_database', message: 'bad' }));
  };
  const handleBatch = createBatchHandler(workOf('stage', handle), {
    codec: METRIC_CODEC,
    log: createLog('silent'),
    metrics,
    status,
    breaker: new Breaker({ runLength: 3, ratio: 1, windowRecords: 100 }),
    acceptedAt,
    chunkRecords: 1_000,
    deadLetters: {
      async write(_, rejected) {
        const refusal = away.shift();
        if (refusal !== undefined) throw refusal;
        letters.push(...rejected.map(({ record }) => record.offset));
      },
    },
  });
  const batch = scriptedBatch(recordsOf(4), {
    async heartbeat() {
      isRepaired = true;
    },
  });
  await handleBatch(batch);
  expect({ handled, letters, calls: batch.calls }).toEqual({
    handled: ['0,1,2,3', '1,2,3', '3'],
    letters: ['3'],
    calls: ['commit 3'],
  });
});

test('the lag counts from the last commit, and the latency from the acceptance of the oldest event', async () => {
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

test.each([
  [5_001, 0],
  [5_002, 3],
])('of three events of the first millisecond that are committed at %i ms, %i are late', async (nowMs, late) => {
  jest.useFakeTimers();
  jest.setSystemTime(nowMs);
  const { handleBatch, metrics } = looping(async () => []);
  await handleBatch(scriptedBatch(recordsOf(3)));
  expect((await metrics.stageEvents.get()).values).toMatchObject([{ value: 3, labels: { stage: 'stage' } }]);
  expect((await metrics.stageLate.get()).values).toMatchObject([{ value: late, labels: { stage: 'stage' } }]);
});

test('work is given the place of each chunk in its partition', async () => {
  const places: unknown[] = [];
  const { handleBatch } = looping(async (_, place) => {
    places.push(place);
    return [];
  }, 2);
  await handleBatch({ ...scriptedBatch(recordsOf(3)), topicId: 'id of the topic' });
  const place = { topicId: 'id of the topic', partition: 0 };
  expect(places).toEqual([
    { ...place, first: '0', last: '1' },
    { ...place, first: '2', last: '2' },
  ]);
});
