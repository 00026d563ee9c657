import { expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.ts';
import { type Connections, withConnections } from '../src/connections.ts';
import { UsageError } from '../src/errors.ts';
import { fetchTopicIds } from '../src/kafka/admin/topic-ids.ts';
import { createLog } from '../src/log.ts';

/** Every address refuses connections. */
const AWAY = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };
const AWAY_KAFKA = /^Kafka does not answer at 127\.0\.0\.1:1: Connection error: .*ECONNREFUSED/;
const SETTINGS = { purpose: 'test', registers: ['ml.events'] } as const;

test.each<[string, (connections: Connections) => Promise<unknown>, RegExp]>([
  ['Kafka as an administrator', ({ admin }) => admin(), AWAY_KAFKA],
  ['Kafka as a producer', ({ producer }) => producer(), AWAY_KAFKA],
  ['Kafka to create its topics', ({ createTopics }) => createTopics(), AWAY_KAFKA],
  ['Kafka with a client of its own', ({ kafka }) => kafka.admin().connect(), AWAY_KAFKA],
  ['Kafka to fetch the ids of topics', ({ kafka }) => fetchTopicIds(kafka, ['ml.events']), AWAY_KAFKA],
  ['the schema registry', ({ codec }) => codec(), /registry.*127\.0\.0\.1:1/],
])('a command that cannot reach %s fails with one sentence', async (_, use, message) => {
  const failing = withConnections(loadConfig(AWAY), createLog('silent'), SETTINGS, use);
  await expect(failing).rejects.toBeInstanceOf(UsageError);
  await expect(failing).rejects.toThrow(message);
});
