import type { Kafka } from 'kafkajs';

/** Commits a position in partition 0, as a consumer does whose commit arrives after its topic was created again. */
export async function commitLate(
  kafka: Kafka,
  groupId: string,
  topic: string,
  offset: string,
  metadata: string,
): Promise<void> {
  const consumer = kafka.consumer({ groupId });
  const joined = Promise.withResolvers<void>();
  consumer.on('consumer.group_join', () => joined.resolve());
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
  await joined.promise;
  await consumer.commitOffsets([{ topic, partition: 0, offset, metadata }]);
  await consumer.disconnect();
}
