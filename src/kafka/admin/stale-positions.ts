import type { Kafka } from 'kafkajs';
import { fetchPositions, isOfDeletedTopic } from './position.ts';
import { fetchTopicOffsets } from './topic-offsets.ts';

/** A committed position at which nothing may be read, because it leads past records that were never handled. */
export interface StalePosition {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  /** The committed offset, decimal text. */
  readonly committed: string;
  /** The first existing offset, decimal text: the position to start from instead. */
  readonly start: string;
  readonly cause: 'the topic was deleted and created again' | 'the position is after the end of the partition';
}

/**
 * Finds the stale positions of a group among partitions that were just assigned.
 *
 * @param topicIds the ids of the topics, where known.
 */
export async function findStalePositions(
  kafka: Kafka,
  groupId: string,
  assignment: Readonly<Record<string, readonly number[]>>,
  topicIds: ReadonlyMap<string, string>,
): Promise<StalePosition[]> {
  const stale: StalePosition[] = [];
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const [topic, partitions] of Object.entries(assignment)) {
      const positions = await fetchPositions(admin, groupId, topic);
      const ranges = new Map((await fetchTopicOffsets(admin, topic)).map((range) => [range.partition, range]));
      for (const partition of partitions) {
        const position = positions.get(partition);
        const range = ranges.get(partition);
        if (position?.next === undefined || range === undefined) continue;
        // Where the partition starts after the position, no record is before it.
        if (BigInt(position.next) <= BigInt(range.low)) continue;
        const found = { topic, partition, committed: position.next, start: range.low };
        if (isOfDeletedTopic(position, topicIds.get(topic))) {
          stale.push({ ...found, cause: 'the topic was deleted and created again' });
        } else if (BigInt(position.next) > BigInt(range.high)) {
          stale.push({ ...found, cause: 'the position is after the end of the partition' });
        }
      }
    }
  } finally {
    await admin.disconnect();
  }
  return stale;
}
