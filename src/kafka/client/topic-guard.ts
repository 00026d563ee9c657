import type { EachBatchPayload, Kafka } from 'kafkajs';
import { partitionKey } from '../../record.ts';
import { findStalePositions, type StalePosition } from '../admin/stale-positions.ts';
import { fetchTopicIds } from '../admin/topic-ids.ts';
import { fetchedOffsetOf } from './fetched-offset.ts';

/** A topic that the consumer reads was deleted and created again. Its positions are examined when the consumer starts again. */
export class TopicRecreated extends Error {
  override readonly name = 'TopicRecreated';
}

/** Protects one consumer from a topic that is deleted and created again: offsets of the old topic mean nothing in the new one. */
export interface TopicGuard {
  /** The id of a topic when the guard was created; undefined on a broker without topic ids. */
  idOf(topic: string): string | undefined;
  /** Throws {@link TopicRecreated} when a topic now has another id. Records fetched before the call are then of either topic. */
  assertSameTopics(topics?: readonly string[]): Promise<void>;
  /** The stale positions of the group among assigned partitions. */
  findStale(assignment: Readonly<Record<string, readonly number[]>>): Promise<readonly StalePosition[]>;
  /** Starts a new generation of the group, in which partitions with these positions are read from their start. */
  restart(positions: readonly StalePosition[]): void;
  /** Whether a batch was fetched at the stale position of its partition, before the partition was read from its start. */
  isStale(batch: EachBatchPayload['batch']): boolean;
}

export async function createTopicGuard(
  kafka: Kafka,
  { groupId, topics }: { readonly groupId: string; readonly topics: readonly string[] },
): Promise<TopicGuard> {
  const ids = await fetchTopicIds(kafka, topics);
  /** The stale positions of partitions of which no batch from the start has arrived yet. */
  const stale = new Map<string, bigint>();

  return {
    idOf: (topic) => ids.get(topic),

    async assertSameTopics(some = topics) {
      const now = await fetchTopicIds(kafka, some);
      const changed = some.find((topic) => now.has(topic) && now.get(topic) !== ids.get(topic));
      if (changed !== undefined) throw new TopicRecreated(`${changed} was deleted and created again`);
    },

    findStale: (assignment) => findStalePositions(kafka, groupId, assignment, ids),

    restart(positions) {
      stale.clear();
      for (const { topic, partition, committed } of positions)
        stale.set(partitionKey(topic, partition), BigInt(committed));
    },

    isStale(batch) {
      const key = partitionKey(batch.topic, batch.partition);
      const position = stale.get(key);
      if (position === undefined) return false;
      if (BigInt(fetchedOffsetOf(batch)) === position) return true;
      stale.delete(key);
      return false;
    },
  };
}
