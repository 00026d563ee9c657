import type { Kafka } from 'kafkajs';
import { TOPICS, type Topic, topicName } from '../topics.ts';

/**
 * Creates the topics of `topics` that do not exist, with the settings of `topics.ts`. Those that exist are left alone:
 * reconciling them is a decision of an operator.
 *
 * @returns the names of the topics that were created.
 */
export async function createTopics(
  kafka: Kafka,
  topicPrefix: string,
  topics: readonly Topic[],
  replicationFactor: number,
): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topicName(topicPrefix, topic)));
    if (missing.length === 0) return [];
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((topic) => {
        const { partitions, retentionMs, maxMessageBytes } = TOPICS[topic];
        return {
          topic: topicName(topicPrefix, topic),
          numPartitions: partitions,
          replicationFactor,
          configEntries: [
            { name: 'retention.ms', value: String(retentionMs) },
            { name: 'max.message.bytes', value: String(maxMessageBytes) },
          ],
        };
      }),
    });
    return missing.map((topic) => topicName(topicPrefix, topic));
  } finally {
    await admin.disconnect();
  }
}
