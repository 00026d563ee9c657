import { join } from 'node:path';
import { QUICK_START } from './jvm.ts';

/** One node that is both broker and controller, on loopback. */
export interface KafkaNode {
  /** From 1; its index in `controllers` plus one. */
  readonly id: number;
  readonly port: number;
  /** The controller ports of all nodes, in the order of their ids. */
  readonly controllers: readonly number[];
  /** The folder of its logs. */
  readonly logs: string;
  /** Replicas of a topic, and how many of them must have a record before it is acknowledged. */
  readonly replicas: number;
  readonly minInSync: number;
}

/** The text of its `server.properties`; `more` adds settings or replaces them. */
export function nodeProperties(node: KafkaNode, more: Readonly<Record<string, string | number>> = {}): string {
  const { id, port, controllers, replicas, minInSync } = node;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': controllers.map((voter, index) => `${index + 1}@127.0.0.1:${voter}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllers[id - 1]}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': node.logs,
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    // The default of three seconds is meant for fleets whose members join one by one.
    'group.initial.rebalance.delay.ms': 0,
    // A topic created by a typing error would lack the partitions and settings that matter.
    'auto.create.topics.enable': false,
    ...more,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** All logs of the broker except the hundreds of settings that it repeats at each start. */
const LOGGING = Object.entries({
  showDateTime: true,
  dateTimeFormat: "yyyy-MM-dd'T'HH:mm:ss.SSS",
  showThreadName: false,
  'log.org.apache.kafka.common.config': 'warn',
}).map(([name, value]) => `-Dorg.slf4j.simpleLogger.${name}=${value}`);

/** @param jars the folder of Kafka's jars. */
const java = (jars: string): string[] => [...LOGGING, '-cp', join(jars, '*')];

/** The arguments of `java` that format the storage of a node; all nodes of a cluster have the same id of the cluster. */
export const formatArguments = (jars: string, clusterId: string, properties: string): string[] => [
  ...QUICK_START,
  ...java(jars),
  ...['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties, '--ignore-formatted'],
];

/** The arguments of `java` that run a node. */
export const nodeArguments = (jars: string, properties: string): string[] => [...java(jars), 'kafka.Kafka', properties];
