import { expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.ts';
import { type Connections, withConnections } from '../src/connections.ts';
import { UsageError } from '../src/errors.ts';
import { createLog } from '../src/log.ts';

/** Every address refuses connections. */
const AWAY = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };
const SETTINGS = { purpose: 'test', registers: ['ml.events'] } as const;

test.each<[string, (connections: Connections) => Promise<unknown>, RegExp]>([
  ['Kafka', ({ admin }) => admin(), /^Kafka does not answer at 127\.0\.0\.1:1: /],
  ['the schema registry', ({ codec }) => codec(), /registry.*127\.0\.0\.1:1/],
])('a command that cannot reach %s fails with one sentence', async (_, use, message) => {
  const failing = withConnections(loadConfig(AWAY), createLog('silent'), SETTINGS, use);
  await expect(failing).rejects.toBeInstanceOf(UsageError);
  await expect(failing).rejects.toThrow(message);
});
