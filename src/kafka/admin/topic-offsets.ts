import type { Admin } from 'kafkajs';
import { KafkaUnavailable } from '../../record.ts';

/** The bounds of one partition, decimal texts. */
export interface PartitionOffsets {
  readonly partition: number;
  /** The offset of the first record. */
  readonly low: string;
  /** The offset after the last record. */
  readonly high: string;
}

/**
 * kafkajs fails with a TypeError when its metadata lack a topic, as they do for a moment while leaders change or another call adds
 * a topic. That is thrown as {@link KafkaUnavailable}, without its cause: a TypeError counts as a bug of this program, which ends
 * the process instead of trying again.
 */
const known = <T>(topic: string, offsets: Promise<T>): Promise<T> =>
  offsets.catch((error: unknown) => {
    if (error instanceof TypeError)
      throw new KafkaUnavailable(`the brokers name no leader for a partition of ${topic}`);
    throw error;
  });

/** The bounds of every partition of `topic` (a name on the broker). */
export const fetchTopicOffsets = (admin: Admin, topic: string): Promise<PartitionOffsets[]> =>
  known(topic, admin.fetchTopicOffsets(topic));

/** The offset of the first record of every partition of `topic` with a timestamp from `since` on (epoch milliseconds). */
export const fetchOffsetsSince = (
  admin: Admin,
  topic: string,
  since: number,
): Promise<{ readonly partition: number; readonly offset: string }[]> =>
  known(topic, admin.fetchTopicOffsetsByTimestamp(topic, since));
