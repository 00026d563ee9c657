import type { Kafka } from 'kafkajs';
import { METADATA, type TopicIdRequest, topicIdRequest } from '../wire/topic-id-request.ts';

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>>;
  readonly connectionPool: { send(request: TopicIdRequest): Promise<ReadonlyMap<string, string>> };
}

interface Cluster {
  readonly brokerPool: { connect(): Promise<void>; findConnectedBroker(): Promise<Broker> };
  disconnect(): Promise<void>;
}

/** The member of a kafkajs client that makes a connection to the cluster. */
const CREATE_CLUSTER = 'private:Kafka:createCluster';

/**
 * The id of each topic (names on the broker) that exists; empty for a broker that assigns no ids (before 2.8). A topic that
 * is deleted and created again has another id, and its offsets start over: topic, id, partition and offset identify a record.
 *
 * The request is sent over a connection of kafkajs, with its addresses, TLS and authentication. kafkajs itself requests
 * metadata in a version without ids and has no public way to send another request; its version is pinned.
 */
export async function fetchTopicIds(kafka: Kafka, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const cluster = createCluster(kafka);
  try {
    await cluster.brokerPool.connect();
    const broker = await cluster.brokerPool.findConnectedBroker();
    const newest = broker.versions[METADATA.apiKey]?.maxVersion ?? 0;
    return newest < METADATA.apiVersion ? new Map() : await broker.connectionPool.send(topicIdRequest(topics));
  } finally {
    await cluster.disconnect();
  }
}

function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  const members = kafka as unknown as Record<symbol, ((options: object) => Cluster) | undefined>;
  const cluster = symbol === undefined ? undefined : members[symbol]?.({ allowAutoTopicCreation: false });
  if (cluster === undefined) throw new TypeError(`this version of kafkajs has no ${CREATE_CLUSTER}`);
  return cluster;
}
