import type { Connections } from '../../connections.ts';
import { UsageError } from '../../errors.ts';
import { requestSkip, skipGroupOf } from '../../kafka/admin/skip.ts';
import { fetchTopicOffsets } from '../../kafka/admin/topic-offsets.ts';
import { readBatch } from '../../kafka/client/read-batch.ts';
import type { UnreadableBatch } from '../../record.ts';
import { describeUnreadable } from '../../runtime/unreadable.ts';
import { TOPIC_NAMES, topicName } from '../../topics.ts';

export interface SkippedBatch {
  /** The consumer group that waits at the batch. */
  readonly group: string;
  /** A name on the broker, or the name of one of the system's topics without the prefix. */
  readonly topic: string;
  readonly partition: number;
  /** Of any record of the batch. */
  readonly offset: number;
}

/**
 * Decides that a group passes over a batch that cannot be read. The group's consumer writes the batch to the dead
 * letters and continues, within seconds or when it next starts. Throws a {@link UsageError} when there is no such group
 * or partition, and when the batch can be read.
 */
export async function skipBatch(connections: Connections, skipped: SkippedBatch): Promise<UnreadableBatch> {
  const { group, partition, offset } = skipped;
  const known = TOPIC_NAMES.find((name) => name === skipped.topic);
  const topic = known === undefined ? skipped.topic : topicName(connections.config.kafka.topicPrefix, known);
  await connections.requireRights([
    { resource: 'topic', name: topic, operation: 'READ' },
    ...[group, skipGroupOf(group)].map((name) => ({ resource: 'group', name, operation: 'READ' }) as const),
  ]);
  const admin = await connections.admin();
  if (!(await admin.listTopics()).includes(topic)) throw new UsageError(`there is no topic ${topic}`);
  const range = (await fetchTopicOffsets(admin, topic)).find((each) => each.partition === partition);
  if (range === undefined) throw new UsageError(`${topic} has no partition ${partition}`);
  if (BigInt(offset) < BigInt(range.low) || BigInt(offset) >= BigInt(range.high)) {
    throw new UsageError(
      `${topic}/${partition} has the offsets ${range.low} to ${BigInt(range.high) - 1n}, not ${offset}`,
    );
  }
  // A group of each process is addressed by the name of the role's group, which precedes its own.
  const isAddressed = (groupId: string): boolean => groupId === group || groupId.startsWith(`${group}.`);
  if (!(await admin.listGroups()).groups.some(({ groupId }) => isAddressed(groupId))) {
    throw new UsageError(`there is no consumer group ${group}; /health/ready names the group that waits`);
  }
  const { unreadable, records, topicId } = await readBatch(connections.kafka, admin, topic, partition, String(offset));
  if (unreadable === undefined || records.length > 0) {
    throw new UsageError(`the batch at offset ${offset} of ${topic}/${partition} can be read, so it is not skipped`);
  }
  if (unreadable.lastOffset === undefined) {
    throw new UsageError(`${topic}/${partition}: ${describeUnreadable(unreadable)}; the broker must be repaired first`);
  }
  await requestSkip(connections.kafka, group, { topic, topicId, partition, next: BigInt(unreadable.lastOffset) + 1n });
  return unreadable;
}
