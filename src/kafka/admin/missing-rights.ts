import type { Kafka } from 'kafkajs';
import { createCluster } from '../connection/create-cluster.ts';
import {
  DESCRIBE_GROUPS,
  type DescribedGroup,
  GROUP_AUTHORIZATION_FAILED,
  grantsOperation,
  groupOperationsRequest,
  type KafkaOperation,
  type RawRequest,
  TOPIC_AUTHORIZATION_FAILED,
  topicOperationsRequest,
} from '../wire/authorized-operations.ts';
import { METADATA } from '../wire/topic-id-request.ts';

/** An operation on a topic or a consumer group (names on the broker). */
export interface Right {
  readonly resource: 'topic' | 'group';
  readonly name: string;
  readonly operation: KafkaOperation;
}

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>>;
  readonly connectionPool: { send<Response>(request: RawRequest<Response>): Promise<Response> };
  findGroupCoordinator(group: { groupId: string; coordinatorType: number }): Promise<{
    readonly coordinator: { readonly nodeId: number };
  }>;
}

interface Cluster {
  readonly brokerPool: {
    connect(): Promise<void>;
    findConnectedBroker(): Promise<Broker>;
    refreshMetadata(topics: readonly string[]): Promise<void>;
  };
  findBroker(of: { nodeId: number }): Promise<Broker>;
  disconnect(): Promise<void>;
}

const GROUP = 0;

/**
 * The rights among `rights` that the broker does not grant to this client. It is asked for them directly: kafkajs reports a
 * group that may not be read as one without a coordinator, and a topic only after a consumer has crashed. A right counts as
 * granted if an old broker does not report it. Rejects if no broker answers.
 */
export async function findMissingRights(kafka: Kafka, rights: readonly Right[]): Promise<readonly Right[]> {
  const cluster = createCluster<Cluster>(kafka);
  try {
    await cluster.brokerPool.connect();
    const broker = await cluster.brokerPool.findConnectedBroker();
    const topics = await missingOfTopics(broker, of(rights, 'topic'));
    const groups = await missingOfGroups(cluster, broker, of(rights, 'group'));
    return [...topics, ...groups];
  } finally {
    await cluster.disconnect();
  }
}

const of = (rights: readonly Right[], resource: Right['resource']): readonly Right[] =>
  rights.filter((right) => right.resource === resource);

const supports = ({ versions }: Broker, { apiKey, apiVersion }: { apiKey: number; apiVersion: number }): boolean =>
  (versions[apiKey]?.maxVersion ?? 0) >= apiVersion;

async function missingOfTopics(broker: Broker, rights: readonly Right[]): Promise<readonly Right[]> {
  if (rights.length === 0 || !supports(broker, METADATA)) return [];
  const topics = await broker.connectionPool.send(topicOperationsRequest([...new Set(rights.map(({ name }) => name))]));
  const described = new Map(topics.map((topic) => [topic.name, topic]));
  return rights.filter(({ name, operation }) => {
    const topic = described.get(name);
    if (topic?.error === TOPIC_AUTHORIZATION_FAILED) return true;
    return topic?.error === 0 && !grantsOperation(topic.operations, operation);
  });
}

async function missingOfGroups(cluster: Cluster, broker: Broker, rights: readonly Right[]): Promise<readonly Right[]> {
  const missing: Right[] = [];
  for (const right of rights) {
    const group = await describeGroup(cluster, broker, right.name);
    if (
      group?.error === GROUP_AUTHORIZATION_FAILED ||
      (group?.error === 0 && !grantsOperation(group.operations, right.operation))
    ) {
      missing.push(right);
    }
  }
  return missing;
}

/** The group as its coordinator describes it; undefined if there is no coordinator at the moment. */
async function describeGroup(cluster: Cluster, broker: Broker, groupId: string): Promise<DescribedGroup | undefined> {
  try {
    const { coordinator } = await broker.findGroupCoordinator({ groupId, coordinatorType: GROUP });
    await cluster.brokerPool.refreshMetadata([]);
    const owner = await cluster.findBroker({ nodeId: coordinator.nodeId });
    if (!supports(owner, DESCRIBE_GROUPS)) return undefined;
    return await owner.connectionPool.send(groupOperationsRequest(groupId));
  } catch (error) {
    if ((error as { readonly type?: unknown }).type !== 'GROUP_AUTHORIZATION_FAILED') return undefined;
    return { error: GROUP_AUTHORIZATION_FAILED, operations: 0 };
  }
}
