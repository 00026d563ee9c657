import { hash } from 'node:crypto';
import { readPositionText, writePositionText } from './position-text.ts';
import type { Topic } from './topics.ts';

/** The topics of the live feed, in the order in which a position lists them. */
export const FEED_TOPICS = ['ml.commands', 'ml.events.high', 'ml.events.realtime'] as const satisfies readonly Topic[];

/** One partition of the feed. */
export interface FeedPartition {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
}

/** The partitions that a position covers, in the order of its offsets. */
export interface FeedLayout {
  readonly partitions: readonly FeedPartition[];
  /** Differs once a topic has another partition, or is deleted and created again: offsets then have another meaning. */
  readonly fingerprint: string;
}

/** The offset to read next in each partition, in the order of the layout. */
export type FeedOffsets = readonly number[];

const FINGERPRINT_LENGTH = 8;

/** A topic as a layout is made from it. */
export interface FeedTopic {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  /** Kafka's id of the topic; undefined on a broker without topic ids. */
  readonly id: string | undefined;
  /** Number of partitions. */
  readonly partitions: number;
}

export function layoutOf(topics: readonly FeedTopic[]): FeedLayout {
  const text = topics.map(({ topic, id, partitions }) => `${topic} ${id ?? ''} ${partitions}`).join('\n');
  return {
    partitions: topics.flatMap(({ topic, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    ),
    fingerprint: hash('sha256', text, 'hex').slice(0, FINGERPRINT_LENGTH),
  };
}

/**
 * The offsets as text: the `id` of a frame of the live feed, and the `as_of` of an answer about tables. Any process that
 * reads the same topics can continue from it.
 */
export const writePosition = ({ fingerprint }: Pick<FeedLayout, 'fingerprint'>, offsets: FeedOffsets): string =>
  writePositionText({ offsets, fingerprint });

/**
 * Reads the text of {@link writePosition}. `malformed`: the text is not a position. `other_topics`: its topics or partitions differ
 * from those of `layout`.
 */
export function readPosition(layout: FeedLayout, text: string): FeedOffsets | 'malformed' | 'other_topics' {
  const read = readPositionText(text);
  if (read === undefined) return 'malformed';
  const { offsets, fingerprint } = read;
  if (fingerprint !== layout.fingerprint || offsets.length !== layout.partitions.length) return 'other_topics';
  return offsets;
}
