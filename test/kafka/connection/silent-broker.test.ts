import { expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { loadConfig } from '../../../src/config.ts';
import { createProducer } from '../../../src/kafka/client/producer.ts';
import { createKafka } from '../../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { until } from '../../support/until.ts';
import { NO_ERROR, startScriptedCluster } from '../scripted-cluster.ts';

const TOPIC = 'ml.events';
const WAIT_MS = 120_000;
const FOR_EVER_MS = 3_600_000;

test('a broker that leaves a record unanswered is left, and the record reaches the new leader', async () => {
  const cluster = await startScriptedCluster(TOPIC, [0, 1], async ({ node }) => {
    if (node === 0) return NO_ERROR;
    // Suspended: the others have made a new leader, and this broker says nothing.
    cluster.leaders[1] = 0;
    return new Promise<never>(() => undefined);
  });
  const config = { ...loadConfig({}).kafka, brokers: cluster.brokers };
  const kafka = createKafka(config, 'test', { log: createLog('silent') }, undefined, 3_000);
  const transport = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    metadataMaxAge: FOR_EVER_MS,
    retry: { initialRetryTime: 5, retries: 3 },
  });
  const producer = await createProducer(transport, async () => 2, { deadlineMs: 120_000 }, createMetrics());
  try {
    await producer.send([{ topic: TOPIC, partition: 1, key: null, value: Buffer.from('moved') }]);
    // No other request waits for it.
    await until('a connection to it is closed', WAIT_MS, () => cluster.closedConnectionsTo(1) > 0);
    expect(cluster.logs).toEqual([[], ['moved']]);
  } finally {
    await producer.close();
    await cluster.close();
  }
});
