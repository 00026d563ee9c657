import type { Admin, Kafka } from 'kafkajs';
import { loadConfig } from '../../src/config.ts';
import { untilLed } from '../../src/kafka/admin/create-topics.ts';
import { startConsumer } from '../../src/kafka/client/consumer.ts';
import { createKafka } from '../../src/kafka/client/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import type { FetchedRecord } from '../../src/record.ts';
import { createWorld, type World } from '../support/world.ts';

export interface KafkaWorld extends World {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Creates a topic and returns its name on the broker. */
  createTopic(name: string, partitions?: number, settings?: Readonly<Record<string, string>>): Promise<string>;
  /** How many records each partition of a topic (a name on the broker) holds. */
  counts(topic: string): Promise<number[]>;
  /** Every record that a topic holds by now, ordered by partition and offset. */
  read(topic: string): Promise<FetchedRecord[]>;
}

/** The real broker, with topics and groups of this world's own. */
export async function createKafkaWorld(): Promise<KafkaWorld> {
  const world = await createWorld();
  const config = loadConfig(world.environment).kafka;
  const { topicPrefix } = config;
  const kafka = createKafka(config, 'test', { log: createLog('silent') });
  const admin = kafka.admin();
  await admin.connect();
  let readers = 0;

  async function counts(topic: string): Promise<number[]> {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.sort((a, b) => a.partition - b.partition).map(({ low, high }) => Number(BigInt(high) - BigInt(low)));
  }

  return {
    ...world,
    kafka,
    admin,

    async createTopic(name, partitions = 1, settings = {}) {
      const topic = `${topicPrefix}${name}`;
      const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
      await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries }],
        waitForLeaders: false,
      });
      await untilLed(admin, [topic]);
      return topic;
    },

    counts,

    async read(topic) {
      const count = (await counts(topic)).reduce((sum, number) => sum + number);
      if (count === 0) return [];
      readers += 1;
      const settings = { sessionTimeoutMs: 30_000, concurrency: 1, fetchBytes: 8 * 1_048_576 };
      const records: FetchedRecord[] = [];
      const done = Promise.withResolvers<void>();
      const consumer = await startConsumer(
        kafka,
        { groupId: `${topicPrefix}reader-${readers}`, topics: [topic], ...settings },
        async (batch) => {
          records.push(...batch.records);
          const last = records.at(-1);
          if (last !== undefined) await batch.commit(last.offset);
          if (records.length >= count) done.resolve();
        },
        { onCrash: done.reject, onAssigned: () => undefined },
      );
      try {
        await done.promise;
      } finally {
        await consumer.stop();
      }
      return records.sort((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)));
    },

    async close() {
      await admin.disconnect();
      await world.close();
    },
  };
}
