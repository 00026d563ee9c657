import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { TOPICS, type Topic, topicName } from '../../topics.ts';

const READY_DEADLINE_MS = 30_000;
const READY_POLL_MS = 50;

/** The errors that brokers report about a topic that was just created: type and message. */
const NOT_YET: ReadonlyMap<unknown, string> = new Map([
  ['UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition'],
  [
    'LEADER_NOT_AVAILABLE',
    'There is no leader for this topic-partition as we are in the middle of a leadership election',
  ],
  ['NOT_LEADER_FOR_PARTITION', 'This server is not the leader for that topic-partition'],
]);

/** The messages of errors that a client gets while {@link createTopics} waits for the topics it has created. */
export const EXPECTED_WHILE_CREATING: ReadonlySet<string> = new Set(NOT_YET.values());

/**
 * Creates the missing topics among `topics`, with the settings of `topics.ts`. Existing topics are not changed: reconciling
 * them is a decision of an operator.
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
    // kafkajs' own wait for leaders fails at once while the broker does not have the topic yet.
    await admin.createTopics({
      waitForLeaders: false,
      timeout: READY_DEADLINE_MS,
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
    const created = missing.map((topic) => topicName(topicPrefix, topic));
    await untilLed(admin, created);
    return created;
  } finally {
    await admin.disconnect();
  }
}

/** Resolves when the leader of every partition of these topics (names on the broker) acts as leader. */
export async function untilLed(admin: Admin, topics: readonly string[]): Promise<void> {
  const deadline = Date.now() + READY_DEADLINE_MS;
  for (const topic of topics) {
    for (;;) {
      const problem = await leadershipProblem(admin, topic);
      if (problem === undefined) break;
      if (Date.now() > deadline) throw new Error(`${topic} is not ready after ${READY_DEADLINE_MS} ms: ${problem}`);
      await sleep(READY_POLL_MS);
    }
  }
}

/** Metadata names a leader before that broker has taken over; only a request for its offsets reveals whether it has. */
async function leadershipProblem(admin: Admin, topic: string): Promise<string | undefined> {
  try {
    await admin.fetchTopicOffsets(topic);
    return undefined;
  } catch (error) {
    // After several attempts kafkajs wraps the error of the broker.
    const { type, cause, message } = error as { type?: string; cause?: { type?: string }; message: string };
    if (NOT_YET.has(type) || NOT_YET.has(cause?.type)) return message;
    throw error;
  }
}
