import { afterEach, describe, expect, test } from '@jest/globals';
import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { loadConfig } from '../../../src/config.ts';
import { createProducer } from '../../../src/kafka/client/producer.ts';
import { createKafka } from '../../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { NO_ERROR, NOT_LEADER, type ScriptedCluster, startScriptedCluster } from '../scripted-cluster.ts';

const TOPIC = 'ml.events';
const log = createLog('silent');

/** Keys that fall on partition 0 and on partition 1 of two. */
const RECORDS = [
  { topic: TOPIC, key: 'run/b', value: Buffer.from('first') },
  { topic: TOPIC, key: 'run/a', value: Buffer.from('second') },
] as const;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/**
 * Two partitions with a leader each. Each leader receives a record; broker 0 writes its own and acknowledges it. Broker 1 has
 * just lost partition 1 to broker 0, and says that, after the client has taken in the answer of broker 0.
 */
async function clusterInLeaderChange(firstAnswered: Promise<unknown>): Promise<ScriptedCluster> {
  const cluster = await startScriptedCluster(TOPIC, [0, 1], async ({ node }) => {
    if (node === 0) return NO_ERROR;
    await firstAnswered;
    cluster.leaders[1] = 0;
    return NOT_LEADER;
  });
  closing.push(() => cluster.close());
  return cluster;
}

/** A kafkajs producer, and what resolves when broker 0 has answered its first produce request. */
async function connect(): Promise<{ producer: Producer; kafka: Kafka; cluster: ScriptedCluster }> {
  const answered = Promise.withResolvers<void>();
  const cluster = await clusterInLeaderChange(answered.promise);
  const kafka = createKafka({ ...loadConfig({}).kafka, brokers: cluster.brokers }, 'test', { log });
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { initialRetryTime: 5, retries: 3 },
  });
  producer.on('producer.network.request', ({ payload }) => {
    if (payload.apiName === 'Produce' && payload.broker === cluster.brokers[0]) answered.resolve();
  });
  return { producer, kafka, cluster };
}

describe('a send to two leaders, one of which is losing its partition', () => {
  test('is acknowledged by kafkajs although one record was never written', async () => {
    const { producer, cluster } = await connect();
    await producer.connect();
    closing.push(() => producer.disconnect());
    const messages = RECORDS.map(({ key, value }) => ({ key, value }));
    const acknowledged = await producer.sendBatch({ acks: -1, topicMessages: [{ topic: TOPIC, messages }] });
    expect(acknowledged).toMatchObject([{ topicName: TOPIC, partition: 0, errorCode: 0 }]);
    expect(cluster.logs).toEqual([['first'], []]);
  });

  test('is acknowledged by this producer once both records are, and a metric counts the retry', async () => {
    const { producer: transport, cluster } = await connect();
    const metrics = createMetrics();
    const producer = await createProducer(transport, async () => 2, { deadlineMs: 10_000 }, metrics);
    closing.push(() => producer.close());
    await producer.send(RECORDS);
    expect(cluster.logs).toEqual([['first'], ['second']]);
    expect((await metrics.producerIncomplete.get()).values[0]?.value).toBe(1);
  });
});
