import type { Kafka } from 'kafkajs';
import { createCluster } from '../connection/create-cluster.ts';
import { METADATA, type TopicIdRequest, topicIdRequest } from '../wire/topic-id-request.ts';

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>>;
  readonly connectionPool: { send(request: TopicIdRequest): Promise<ReadonlyMap<string, string>> };
}

interface Cluster {
  readonly brokerPool: { connect(): Promise<void>; findConnectedBroker(): Promise<Broker> };
  disconnect(): Promise<void>;
}

/**
 * The id of each topic (names on the broker) that exists; empty for a broker that assigns no ids (before 2.8). A topic that
 * is deleted and created again has another id, and its offsets start over: topic, id, partition and offset identify a record.
 *
 * The request is sent over a connection of kafkajs, which itself requests metadata in a version without ids.
 */
export async function fetchTopicIds(kafka: Kafka, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const cluster = createCluster<Cluster>(kafka);
  try {
    await cluster.brokerPool.connect();
    const broker = await cluster.brokerPool.findConnectedBroker();
    const newest = broker.versions[METADATA.apiKey]?.maxVersion ?? 0;
    return newest < METADATA.apiVersion ? new Map() : await broker.connectionPool.send(topicIdRequest(topics));
  } finally {
    await cluster.disconnect();
  }
}
