import { afterAll, expect, test } from '@jest/globals';
import { fetchPositions } from '../../../src/kafka/admin/position.ts';
import { connectProducer } from '../../../src/kafka/client/connect-producer.ts';
import { type ConsumerSettings, startConsumer } from '../../../src/kafka/client/consumer.ts';
import type { KafkaBatch } from '../../../src/kafka/client/kafka-batch.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { createKafkaWorld } from '../kafka-world.ts';

const world = await createKafkaWorld();
const producer = await connectProducer(world.kafka, { deadlineMs: 60_000 }, createMetrics());
afterAll(async () => {
  await producer.close();
  await world.close();
});

/** So large that a fetch brings a handful. */
const RECORD_BYTES = 16_384;
const FETCH_BYTES = 65_536;
const PER_PARTITION = 40;

/** A topic of two partitions with as many records in each, and what to read it with. */
async function filled(name: string): Promise<ConsumerSettings> {
  const topic = await world.createTopic(name, 2);
  // One by one: a fetch brings whole batches of the producer.
  for (let sent = 0; sent < 2 * PER_PARTITION; sent += 1) {
    await producer.send([{ topic, key: null, value: Buffer.alloc(RECORD_BYTES) }]);
  }
  expect(await world.counts(topic)).toEqual([PER_PARTITION, PER_PARTITION]);
  const group = { groupId: `${topic}.group`, topics: [topic], sessionTimeoutMs: 30_000 };
  return { ...group, concurrency: 2, fetchBytes: FETCH_BYTES };
}

const committedOf = async ({ groupId, topics }: ConsumerSettings): Promise<string[]> => {
  const positions = await fetchPositions(world.admin, groupId, topics[0] ?? '');
  return [0, 1].map((partition) => positions.get(partition)?.next ?? 'nothing');
};

/** Commits record by record, for as long as the consumer owns the batch. */
async function commitAll(batch: KafkaBatch, onRecord: (offset: number) => void = () => undefined): Promise<void> {
  for (const { offset } of batch.records) {
    if (!batch.isActive()) return;
    onRecord(Number(offset));
    await batch.commit(offset);
  }
}

const events = (onCrash: (error: Error) => void) => ({ onCrash, onAssigned: () => undefined });

test('one partition is read while a batch of another is handled, and a stop waits for both', async () => {
  const settings = await filled('ahead');
  const [release, second, crashed] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  let [batchesOfFirst, batchesOfSecond] = [0, 0];
  const onBatch = async (batch: KafkaBatch): Promise<void> => {
    if (batch.partition === 0) {
      batchesOfFirst += 1;
      await release.promise;
    } else {
      batchesOfSecond += 1;
      if (batchesOfSecond === 2) second.resolve();
    }
    await commitAll(batch);
  };
  const consumer = await startConsumer(world.kafka, settings, onBatch, events(crashed.reject));
  await Promise.race([second.promise, crashed.promise]);
  expect(batchesOfFirst).toBe(1);
  const stopped = consumer.stop();
  release.resolve();
  await stopped;
  // No further record of the first batch was started, and the commits of the second one count.
  const [first, other] = await committedOf(settings);
  expect(first).toBe('nothing');
  expect(Number(other)).toBeGreaterThan(0);
});

test('a handler that fails in the middle of a batch, with another batch read ahead, leaves no record out', async () => {
  const settings = await filled('fails');
  const handled: number[][] = [[], []];
  const done = Promise.withResolvers<void>();
  let failures = 0;
  const onBatch = (batch: KafkaBatch): Promise<void> =>
    commitAll(batch, (offset) => {
      const offsets = handled[batch.partition];
      if (offset % 10 === 6 && offset !== offsets?.at(-1) && failures < 4) {
        failures += 1;
        offsets?.push(offset);
        throw new Error('the group did not take the heartbeat');
      }
      if (offset !== offsets?.at(-1)) offsets?.push(offset);
      if (handled.every(({ length }) => length === PER_PARTITION)) done.resolve();
    });
  const consumer = await startConsumer(world.kafka, settings, onBatch, events(done.reject));
  await done.promise;
  await consumer.stop();
  const all = Array.from({ length: PER_PARTITION }, (_, offset) => offset);
  expect(handled).toEqual([all, all]);
  expect(failures).toBe(4);
});

test('partitions that are handled side by side are each committed to their end', async () => {
  const settings = await filled('together');
  const done = Promise.withResolvers<void>();
  let left = 2 * PER_PARTITION;
  const onBatch = (batch: KafkaBatch): Promise<void> =>
    commitAll(batch, () => {
      left -= 1;
    }).then(() => (left === 0 ? done.resolve() : undefined));
  const consumer = await startConsumer(world.kafka, settings, onBatch, events(done.reject));
  await done.promise;
  await consumer.stop();
  expect(await committedOf(settings)).toEqual([String(PER_PARTITION), String(PER_PARTITION)]);
});
