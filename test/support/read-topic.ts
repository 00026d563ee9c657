import type { Kafka } from 'kafkajs';
import { startConsumer } from '../../src/kafka/client/consumer.ts';
import type { FetchedRecord } from '../../src/record.ts';

let readers = 0;

/**
 * Reads every record that is in a topic (a name on the broker) at this moment, ordered by partition and offset. The group of
 * the reader starts with `groupPrefix`.
 */
export async function readTopic(kafka: Kafka, topic: string, groupPrefix: string): Promise<FetchedRecord[]> {
  const count = await countRecords(kafka, topic);
  if (count === 0) return [];
  readers += 1;
  const groupId = `${groupPrefix}reader-${readers}`;
  const records = new Map<string, FetchedRecord>();
  const done = Promise.withResolvers<void>();
  const consumer = await startConsumer(
    kafka,
    { groupId, topics: [topic], sessionTimeoutMs: 30_000, concurrency: 1, fetchBytes: 8 * 1_048_576 },
    async (batch) => {
      for (const record of batch.records) {
        records.set(`${record.partition}/${record.offset}`, record);
        batch.pass(record.offset);
      }
      if (records.size >= count) done.resolve();
    },
    { onCrash: done.reject, onAssigned: () => undefined },
  );
  try {
    await done.promise;
  } finally {
    await consumer.stop();
  }
  return [...records.values()].sort((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)));
}

async function countRecords(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { low, high }) => sum + Number(BigInt(high) - BigInt(low)), 0);
  } finally {
    await admin.disconnect();
  }
}
