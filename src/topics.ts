/**
 * The closed list of topics: the content and the settings of each.
 *
 * Each name on the broker starts with `KAFKA_TOPIC_PREFIX`: {@link topicName}.
 */
export interface TopicSettings {
  readonly holds: string;
  readonly partitions: number;
  /** How long records are kept, in milliseconds. */
  readonly retentionMs: number;
  /** Largest record batch that the broker accepts, in bytes. */
  readonly maxMessageBytes: number;
}

const DAY_MS = 86_400_000;
const MEBIBYTE = 1_048_576;

export const TOPICS = {
  'ml.events': {
    holds: 'every accepted event, as received and validated: the log, the source of truth',
    partitions: 6,
    retentionMs: 30 * DAY_MS,
    maxMessageBytes: 2 * MEBIBYTE,
  },
  'ml.events.high': {
    holds: 'enriched lifecycle events: ml.run.start, ml.run.stop, ml.trial.*',
    partitions: 6,
    retentionMs: 7 * DAY_MS,
    maxMessageBytes: 2 * MEBIBYTE,
  },
  'ml.events.realtime': {
    holds: 'enriched metric points: ml.run.metric',
    partitions: 6,
    retentionMs: 7 * DAY_MS,
    maxMessageBytes: 2 * MEBIBYTE,
  },
  'ml.commands': {
    holds: 'commands to workers',
    partitions: 6,
    retentionMs: 30 * DAY_MS,
    maxMessageBytes: 2 * MEBIBYTE,
  },
  'ml.deadletters': {
    holds: 'records that could not be processed, with their original bytes and the cause',
    partitions: 3,
    retentionMs: 90 * DAY_MS,
    // A dead letter contains a whole record and its cause, so its limit is above that of any other topic.
    maxMessageBytes: 4 * MEBIBYTE,
  },
} as const satisfies Readonly<Record<string, TopicSettings>>;

export type Topic = keyof typeof TOPICS;

export const TOPIC_NAMES = Object.keys(TOPICS) as readonly Topic[];

/** The name a topic has on the broker: `prefix` (may be empty) + `topic`. */
export const topicName = (prefix: string, topic: Topic): string => `${prefix}${topic}`;

/**
 * The consumer group of a consumer for one topic. Each consumer has groups of its own, one a topic, so that a backlog of
 * metric points does not delay lifecycle events and a group that rebalances stops only itself.
 */
export const groupId = (topicPrefix: string, consumer: string, topic: Topic): string =>
  `${topicPrefix}thunderline.${consumer}.${topic}`;
