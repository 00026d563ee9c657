import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { TOPICS, type Topic, topicName } from '../../topics.ts';
import { fetchTopicOffsets } from './topic-offsets.ts';

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

/** The messages of a broker that does not let this client create a topic. */
const REFUSED = ['Topic creation errors', 'Not authorized to access topics: [Topic authorization failed]'];

/** The messages of errors that are part of {@link createTopics}: the topics it waits for, and those it may not create. */
export const EXPECTED_WHILE_CREATING: ReadonlySet<string> = new Set([...NOT_YET.values(), ...REFUSED]);

/** A topic that the broker does not let this client create; it may exist, and not be visible to this client. */
export interface CreatedTopics {
  /** Names on the broker. */
  readonly created: readonly string[];
  readonly refused: readonly string[];
}

/**
 * Creates the missing topics among `topics`, with the settings of `topics.ts`. Existing topics are not changed: reconciling
 * them is a decision of an operator. A topic that may not be created is no error: with an authorizer, a topic of another role
 * looks like a missing one.
 */
export async function createTopics(
  kafka: Kafka,
  topicPrefix: string,
  topics: readonly Topic[],
  replicationFactor: number,
): Promise<CreatedTopics> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topicName(topicPrefix, topic)));
    if (missing.length === 0) return { created: [], refused: [] };
    const names = missing.map((topic) => topicName(topicPrefix, topic));
    const request = {
      // kafkajs' own wait for leaders fails at once while the broker does not have the topic yet.
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
    };
    const refused = await admin.createTopics(request).then((): readonly string[] => [], refusedTopics);
    const created = names.filter((name) => !refused.includes(name));
    await untilLed(admin, created);
    return { created, refused };
  } finally {
    await admin.disconnect();
  }
}

/** The topics that an authorizer refused to create; throws any other error. Another process may have created some of them. */
function refusedTopics(error: Error): readonly string[] {
  const { errors } = error as { readonly errors?: readonly { readonly type?: string; readonly topic?: string }[] };
  const known = new Set(['TOPIC_ALREADY_EXISTS', 'TOPIC_AUTHORIZATION_FAILED']);
  if (errors === undefined || !errors.every(({ type }) => known.has(type ?? ''))) throw error;
  return errors.flatMap(({ type, topic }) => (type === 'TOPIC_AUTHORIZATION_FAILED' && topic ? [topic] : []));
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
    await fetchTopicOffsets(admin, topic);
    return undefined;
  } catch (error) {
    // After several attempts kafkajs wraps the error of the broker.
    const { type, cause, message } = error as { type?: string; cause?: { type?: string }; message: string };
    if (NOT_YET.has(type) || NOT_YET.has(cause?.type)) return message;
    throw error;
  }
}
