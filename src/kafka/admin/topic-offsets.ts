import type { Admin } from 'kafkajs';
import { askOfTopic } from './ask-of-topic.ts';

/** The bounds of one partition, decimal texts. */
export interface PartitionOffsets {
  readonly partition: number;
  /** The offset of the first record. */
  readonly low: string;
  /** The offset after the last record. */
  readonly high: string;
}

/** The bounds of every partition of `topic` (a name on the broker). */
export const fetchTopicOffsets = (admin: Admin, topic: string): Promise<readonly PartitionOffsets[]> =>
  askOfTopic(topic, () => admin.fetchTopicOffsets(topic));

/** The offset of the first record of every partition of `topic` with a timestamp from `since` on (epoch milliseconds). */
export const fetchOffsetsSince = (
  admin: Admin,
  topic: string,
  since: number,
): Promise<readonly { readonly partition: number; readonly offset: string }[]> =>
  askOfTopic(topic, () => admin.fetchTopicOffsetsByTimestamp(topic, since));
