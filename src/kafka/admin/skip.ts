import type { Admin, Kafka } from 'kafkajs';
import { commitPosition } from './commit-position.ts';
import { fetchPosition } from './position.ts';

/**
 * An operator's decision to pass over a batch that a group cannot read: the offset after it, committed in a second
 * group that has no members. So the decision reaches the process that owns the partition, now or at its next start, and
 * Kafka deletes it once the retention time of offsets is over.
 */
export const skipGroupOf = (groupId: string): string => `${groupId}.skips`;

/** The batch of such a decision. */
export interface SkipDecision {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  /**
   * The id of the topic from which the batch was read; undefined on a broker without topic ids. The decision is not about a
   * batch that ends at the same offset after the topic was deleted and created again.
   */
  readonly topicId: string | undefined;
  readonly partition: number;
  /** The offset after the last record of the batch. */
  readonly next: bigint;
}

/** Decides that `groupId` passes over a batch. */
export const requestSkip = (kafka: Kafka, groupId: string, decision: SkipDecision): Promise<void> =>
  commitPosition(kafka, skipGroupOf(groupId), { ...decision, note: '' });

/**
 * The offset after the batch that is to be passed over in a partition, by the latest decision. Undefined when there is none,
 * and when it is about a topic with another id than `topicId`, or with none: earlier versions wrote no id.
 */
export async function fetchSkip(
  admin: Admin,
  groupId: string,
  topic: string,
  partition: number,
  topicId: string | undefined,
): Promise<bigint | undefined> {
  const { next, topicId: decidedIn } = await fetchPosition(admin, skipGroupOf(groupId), topic, partition);
  return next === undefined || decidedIn !== topicId ? undefined : BigInt(next);
}
