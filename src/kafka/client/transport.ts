import type { Admin, Kafka } from 'kafkajs';
import { deleteGroup, startAtEnd } from '../admin/group.ts';
import { fetchLag, type Lag } from '../admin/lag.ts';
import type { Right } from '../admin/missing-rights.ts';
import { fetchPosition, type Position } from '../admin/position.ts';
import { fetchSkip } from '../admin/skip.ts';
import { type ConsumerEvents, type ConsumerSettings, type RunningConsumer, startConsumer } from './consumer.ts';
import type { KafkaBatch } from './kafka-batch.ts';

/** The operations on Kafka that keep a consumer running. Topics are named as on the broker. */
export interface Transport {
  /** Rejects with `RightsMissing` unless the group may read these topics. */
  requireRights(groupId: string, topics: readonly string[]): Promise<void>;
  /** Joins a group; see {@link startConsumer}. */
  subscribe(
    settings: ConsumerSettings,
    onBatch: (batch: KafkaBatch) => Promise<void>,
    events: ConsumerEvents,
  ): Promise<RunningConsumer>;
  fetchLag(groupId: string, topics: readonly string[]): Promise<Lag[]>;
  fetchPosition(groupId: string, topic: string, partition: number): Promise<Position>;
  /** The offset after the batch that an operator last decided to skip in the topic with this id; see `skip.ts`. */
  fetchSkip(
    groupId: string,
    topic: string,
    partition: number,
    topicId: string | undefined,
  ): Promise<bigint | undefined>;
  /** See {@link startAtEnd}. */
  startAtEnd(groupId: string, topics: readonly string[]): Promise<void>;
  /** See {@link deleteGroup}. */
  deleteGroup(groupId: string): Promise<void>;
}

/**
 * @param admin a connected admin client.
 * @param requireRights rejects with `RightsMissing` unless the brokers grant these rights.
 */
export const createTransport = (
  kafka: Kafka,
  admin: Admin,
  requireRights: (rights: readonly Right[]) => Promise<void>,
): Transport => ({
  requireRights: (groupId, topics) =>
    requireRights([
      ...topics.map((name) => ({ resource: 'topic', name, operation: 'READ' }) as const),
      { resource: 'group', name: groupId, operation: 'READ' },
    ]),
  subscribe: (settings, onBatch, events) => startConsumer(kafka, settings, onBatch, events),
  fetchLag: (groupId, topics) => fetchLag(admin, groupId, topics),
  fetchPosition: (groupId, topic, partition) => fetchPosition(admin, groupId, topic, partition),
  fetchSkip: (groupId, topic, partition, topicId) => fetchSkip(admin, groupId, topic, partition, topicId),
  startAtEnd: (groupId, topics) => startAtEnd(admin, groupId, topics),
  deleteGroup: (groupId) => deleteGroup(admin, groupId),
});
