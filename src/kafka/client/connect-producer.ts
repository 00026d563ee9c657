import { type Kafka, Partitioners } from 'kafkajs';
import type { Metrics } from '../../metrics.ts';
import { createProducer, PARTITIONS_TTL_MS, type Producer, type ProducerSettings } from './producer.ts';

/** Connects a producer to a cluster. */
export async function connectProducer(kafka: Kafka, settings: ProducerSettings, metrics: Metrics): Promise<Producer> {
  const transport = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    idempotent: false,
    maxInFlightRequests: 4,
    metadataMaxAge: (settings.partitionsTtlMs ?? PARTITIONS_TTL_MS) / 2,
    // A send may outlive its caller's deadline by these retries; the caller has its answer by then.
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 3 },
  });
  const admin = kafka.admin();
  await admin.connect();
  const countPartitions = async (topic: string): Promise<number> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(async (error: unknown) => {
      if ((error as { readonly type?: unknown }).type === 'TOPIC_AUTHORIZATION_FAILED') throw error;
      // For a topic that does not exist, kafkajs throws a TypeError.
      if ((await admin.listTopics()).includes(topic)) throw error;
      throw new Error(`topic ${topic} does not exist; "thunderline topics --apply" creates it`, { cause: error });
    });
    return topics[0]?.partitions.length ?? 0;
  };
  const producer = await createProducer(transport, countPartitions, settings, metrics).catch(async (error: unknown) => {
    // The next attempt connects a client of its own.
    await admin.disconnect();
    throw error;
  });
  return {
    send: producer.send,
    abandonedBytes: producer.abandonedBytes,
    async close() {
      await producer.close();
      await admin.disconnect();
    },
  };
}
