import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createMetrics } from '../../src/metrics.ts';
import { type BatchSettings, BufferFull, createMicroBatcher } from '../../src/producers/micro-batcher.ts';
import { KafkaUnavailable, type OutgoingRecord, RecordTooLarge } from '../../src/record.ts';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

/** A send as the test answers it. */
interface Sent {
  readonly values: readonly string[];
  readonly deadlineMs: number;
  readonly acknowledge: () => void;
  readonly fail: (error: Error) => void;
}

const record = (value: string): OutgoingRecord => ({ topic: 't', key: null, value: Buffer.from(value) });

/** A batcher before a Kafka that the test is. */
function start(settings: Partial<BatchSettings> = {}) {
  const sends: Sent[] = [];
  const abandoned = { bytes: 0 };
  let arrived = Promise.withResolvers<void>();
  const sender = {
    send(records: readonly OutgoingRecord[], deadlineMs = 0) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      sends.push({ values: records.map(({ value }) => String(value)), deadlineMs, acknowledge: resolve, fail: reject });
      arrived.resolve();
      return promise;
    },
    abandonedBytes: () => abandoned.bytes,
  };
  const all = { lingerMs: 1, batchBytes: 10, bufferBytes: 100, deadlineMs: 5_000, maxInFlight: 2, ...settings };
  return {
    batcher: createMicroBatcher(sender, all, createMetrics()),
    sends,
    abandoned,
    /** The send of this number, from 0, when it is there. */
    async sent(number: number): Promise<Sent> {
      while (sends.length <= number) {
        jest.advanceTimersByTime(all.lingerMs);
        await arrived.promise;
        arrived = Promise.withResolvers();
      }
      return sends[number] as Sent;
    },
  };
}

test('records of many requests are sent together, and each request resolves when they are acknowledged', async () => {
  const { batcher, sent } = start();
  const added = ['a', 'b', 'c'].map((value) => batcher.add([record(value)]));
  const first = await sent(0);
  expect(first.values).toEqual(['a', 'b', 'c']);
  first.acknowledge();
  await Promise.all(added);
});

test('while a batch is in flight only a full one is sent; the other records are sent together after it', async () => {
  const { batcher, sends, sent } = start();
  const first = batcher.add([record('first')]);
  const inFlight = await sent(0);
  const small = ['a', 'b', 'c'].map((value) => batcher.add([record(value)]));
  const full = batcher.add([record('1234567')]);
  expect((await sent(1)).values).toEqual(['a', 'b', 'c', '1234567']);
  const later = batcher.add([record('x'.repeat(10))]);
  expect(sends).toHaveLength(2);
  sends[1]?.acknowledge();
  await Promise.all([...small, full]);
  expect((await sent(2)).values).toEqual(['x'.repeat(10)]);
  inFlight.acknowledge();
  sends[2]?.acknowledge();
  await Promise.all([first, later]);
});

test('records that were added while a batch was in flight are sent when it is acknowledged', async () => {
  const { batcher, sends, sent } = start();
  const first = batcher.add([record('a')]);
  const inFlight = await sent(0);
  const others = ['b', 'c'].map((value) => batcher.add([record(value)]));
  jest.advanceTimersByTime(1_000);
  expect(sends).toHaveLength(1);
  inFlight.acknowledge();
  expect((await sent(1)).values).toEqual(['b', 'c']);
  sends[1]?.acknowledge();
  await Promise.all([first, ...others]);
});

test('a full buffer takes nothing', async () => {
  const { batcher, sent } = start({ bufferBytes: 10 });
  const first = batcher.add([record('12345678')]);
  await expect(batcher.add([record('123')])).rejects.toThrow(BufferFull);
  (await sent(0)).acknowledge();
  await first;
  const second = batcher.add([record('123')]);
  expect((await sent(1)).values).toEqual(['123']);
  (await sent(1)).acknowledge();
  await second;
});

test('a failure is that of every request of the batch; of records too large only theirs', async () => {
  const { batcher, sent } = start();
  const records = ['a', 'b', 'c'].map(record);
  const added = records.map((one) => batcher.add([one]).catch((error: unknown) => error));
  (await sent(0)).fail(new RecordTooLarge([records[1] as OutgoingRecord]));
  expect(await Promise.all(added)).toEqual([undefined, expect.any(RecordTooLarge), undefined]);
  const again = ['d', 'e'].map((value) => batcher.add([record(value)]).catch((error: unknown) => error));
  (await sent(1)).fail(new KafkaUnavailable('away'));
  expect(await Promise.all(again)).toEqual([expect.any(KafkaUnavailable), expect.any(KafkaUnavailable)]);
});

test('the time that earlier batches took is taken from the deadline', async () => {
  const { batcher, sent } = start({ deadlineMs: 60, maxInFlight: 1 });
  const first = batcher.add([record('a')]);
  const inFlight = await sent(0);
  const second = batcher.add([record('b')]);
  const third = batcher.add([record('c')]);
  jest.advanceTimersByTime(70);
  inFlight.acknowledge();
  await first;
  await expect(second).rejects.toThrow(KafkaUnavailable);
  await expect(third).rejects.toThrow(KafkaUnavailable);
});

test('a drain sends what waits and resolves when nothing is on its way', async () => {
  const { batcher, sent } = start({ lingerMs: 60_000 });
  await batcher.drain();
  const first = batcher.add([record('a')]);
  const drained = batcher.drain();
  (await sent(0)).acknowledge();
  await Promise.all([first, drained]);
});

test('the records of a send that was given up count until the client has dropped them', async () => {
  const { batcher, sent, abandoned } = start({ bufferBytes: 10 });
  const first = batcher.add([record('123456')]);
  const given = await sent(0);
  abandoned.bytes = 6;
  given.fail(new KafkaUnavailable('no answer within 5000 ms'));
  await expect(first).rejects.toBeInstanceOf(KafkaUnavailable);
  await expect(batcher.add([record('12345')])).rejects.toBeInstanceOf(BufferFull);
  abandoned.bytes = 0;
  const second = batcher.add([record('12345')]);
  (await sent(1)).acknowledge();
  await second;
});
