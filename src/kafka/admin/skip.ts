import type { Admin } from 'kafkajs';
import { fetchPosition } from './position.ts';

/**
 * An operator's decision to pass over a batch that a group cannot read: the offset after it, committed in a second group
 * that has no members. So the decision reaches whichever process owns the partition, now or at its next start, and Kafka
 * deletes it once the retention time of offsets is over.
 */
const skipGroupOf = (groupId: string): string => `${groupId}.skips`;

/** Decides that `groupId` passes over the batch of `topic` (a name on the broker) whose last record precedes `next`. */
export const requestSkip = (
  admin: Admin,
  groupId: string,
  topic: string,
  partition: number,
  next: bigint,
): Promise<void> =>
  admin.setOffsets({ groupId: skipGroupOf(groupId), topic, partitions: [{ partition, offset: String(next) }] });

/** The offset of the latest such decision for a partition; undefined when there is none. */
export async function fetchSkip(
  admin: Admin,
  groupId: string,
  topic: string,
  partition: number,
): Promise<bigint | undefined> {
  const { next } = await fetchPosition(admin, skipGroupOf(groupId), topic, partition);
  return next === undefined ? undefined : BigInt(next);
}
