import type { Admin, Kafka } from 'kafkajs';
import { loadConfig } from '../../src/config.ts';
import { untilLed } from '../../src/kafka/admin/create-topics.ts';
import { createKafka } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import type { FetchedRecord } from '../../src/record.ts';
import { readTopic } from '../support/read-topic.ts';
import { createWorld, type World } from '../support/world.ts';

export interface KafkaWorld extends World {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Creates a topic and returns its name on the broker. */
  createTopic(name: string, partitions?: number, settings?: Readonly<Record<string, string>>): Promise<string>;
  /** The number of records in each partition of a topic (a name on the broker). */
  counts(topic: string): Promise<number[]>;
  /** Every record that is in a topic (a name on the broker) at this moment, ordered by partition and offset. */
  read(topic: string): Promise<FetchedRecord[]>;
}

/** A world with a client of the real broker. */
export async function createKafkaWorld(): Promise<KafkaWorld> {
  const world = await createWorld();
  const config = loadConfig(world.environment).kafka;
  const { topicPrefix } = config;
  const kafka = createKafka(config, 'test', { log: createLog('silent') });
  const admin = kafka.admin();
  await admin.connect();

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
        timeout: 60_000,
      });
      await untilLed(admin, [topic]);
      return topic;
    },

    counts,

    read: (topic) => readTopic(kafka, topic, topicPrefix),

    async close() {
      await admin.disconnect();
      await world.close();
    },
  };
}
