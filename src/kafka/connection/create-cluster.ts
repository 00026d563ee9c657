import type { Kafka } from 'kafkajs';

/** The member of a kafkajs client that makes a connection to the cluster. */
const CREATE_CLUSTER = 'private:Kafka:createCluster';

export interface ClusterSettings {
  /** Age at which the list of brokers and leaders is fetched again, in milliseconds. */
  readonly metadataMaxAge?: number;
}

/**
 * A connection to the cluster with the addresses, TLS and authentication of the client, for requests that kafkajs has no
 * public way to send. Its version is pinned. `C` is the part of its internal class that the caller uses.
 */
export function createCluster<C>(kafka: Kafka, settings: ClusterSettings = {}): C {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  const members = kafka as unknown as Record<symbol, ((options: object) => C) | undefined>;
  const cluster = symbol === undefined ? undefined : members[symbol]?.({ allowAutoTopicCreation: false, ...settings });
  if (cluster === undefined) throw new TypeError(`this version of kafkajs has no ${CREATE_CLUSTER}`);
  return cluster;
}
