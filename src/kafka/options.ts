import { integer, MEBIBYTE, option, prefix, servers, type Values } from '../option.ts';
import { securityOptions } from './security-options.ts';

/** How the brokers are reached and authenticate this process, and the names and replicas of topics. */
export const kafkaOptions = {
  brokers: option('KAFKA_BROKERS', servers, '127.0.0.1:9092', 'Kafka brokers, `host:port`, comma-separated.'),
  ...securityOptions,
  topicPrefix: option('KAFKA_TOPIC_PREFIX', prefix, '', 'Prepended to the name of every topic and consumer group.'),
  replicationFactor: option(
    'KAFKA_REPLICATION_FACTOR',
    integer(-1, 100),
    '-1',
    "Replicas of a topic that Thunderline creates; -1 is the broker's default.",
  ),
  maxBatchBytes: option(
    'KAFKA_MAX_BATCH_BYTES',
    integer(MEBIBYTE, 1_024 * MEBIBYTE),
    String(64 * MEBIBYTE),
    'Maximum memory for the records of one compressed record batch, in bytes. A batch that needs more is not read and its partition waits.',
  ),
} as const;

export type KafkaConfig = Values<typeof kafkaOptions>;
