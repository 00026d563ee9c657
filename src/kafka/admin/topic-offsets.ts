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
 * The bounds of every partition of `topic` (a name on the broker).
 *
 * kafkajs reads them with two requests, and fails with a TypeError when the metadata of the second one lacks a partition, as
 * they do for a moment while leaders change. That is thrown as {@link KafkaUnavailable}, without its cause: a TypeError counts
 * as a bug of this program, which ends the process instead of trying again.
 */
export const fetchTopicOffsets = (admin: Admin, topic: string): Promise<PartitionOffsets[]> =>
  admin.fetchTopicOffsets(topic).catch((error: unknown) => {
    if (error instanceof TypeError)
      throw new KafkaUnavailable(`the brokers name no leader for a partition of ${topic}`);
    throw error;
  });
