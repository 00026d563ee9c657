import type { Admin, Kafka } from 'kafkajs';
import { deleteGroup, startAtEnd } from '../admin/group.ts';
import { fetchLag, type Lag } from '../admin/lag.ts';
import { fetchPosition, type Position } from '../admin/position.ts';
import { fetchSkip } from '../admin/skip.ts';
import { type ConsumerEvents, type ConsumerSettings, type RunningConsumer, startConsumer } from './consumer.ts';
import type { KafkaBatch } from './kafka-batch.ts';

/** The operations on Kafka that keep a consumer running. Topics are named as on the broker. */
export interface Transport {
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

/** @param admin a connected admin client. */
export const createTransport = (kafka: Kafka, admin: Admin): Transport => ({
  subscribe: (settings, onBatch, events) => startConsumer(kafka, settings, onBatch, events),
  fetchLag: (groupId, topics) => fetchLag(admin, groupId, topics),
  fetchPosition: (groupId, topic, partition) => fetchPosition(admin, groupId, topic, partition),
  fetchSkip: (groupId, topic, partition, topicId) => fetchSkip(admin, groupId, topic, partition, topicId),
  startAtEnd: (groupId, topics) => startAtEnd(admin, groupId, topics),
  deleteGroup: (groupId) => deleteGroup(admin, groupId),
});
