import { afterEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/config.ts';
import { connectProducer } from '../../../src/kafka/client/connect-producer.ts';
import { createProducer, type Producer } from '../../../src/kafka/client/producer.ts';
import { createKafka } from '../../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { KafkaUnavailable } from '../../../src/record.ts';
import { eventually } from '../../support/eventually.ts';
import { NO_ERROR, NOT_LEADER, type ScriptedCluster, startScriptedCluster, type Write } from '../scripted-cluster.ts';

const TOPIC = 'ml.events';
const RECORDS = ['run/a', 'run/b'].map((key) => ({ topic: TOPIC, key, value: Buffer.from(key) }));

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function connect(
  answer: (write: Write) => Promise<number>,
): Promise<{ producer: Producer; cluster: ScriptedCluster }> {
  const cluster = await startScriptedCluster(TOPIC, [0, 1], answer);
  const kafka = createKafka({ ...loadConfig({}).kafka, brokers: cluster.brokers }, 'test', {
    log: createLog('silent'),
  });
  const producer = await connectProducer(kafka, { deadlineMs: 60_000 }, createMetrics());
  closing.push(async () => {
    // kafkajs waits for each answer up to its time-out before it disconnects: a broker that is gone ends the wait.
    await cluster.close();
    await producer.close();
  });
  return { producer, cluster };
}

/** The error of a send, and after how many milliseconds it came. */
async function failureOf(sent: Promise<void>): Promise<{ error: unknown; afterMs: number }> {
  const start = performance.now();
  const error = await sent.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return { error, afterMs: performance.now() - start };
}

test.each([
  ['never answers', () => new Promise<number>(() => {})],
  ['always refuses', async () => NOT_LEADER],
])('a send to a broker that %s is given up at the deadline, not before and not long after', async (_, answer) => {
  const { producer, cluster } = await connect(answer);
  const { error, afterMs } = await failureOf(producer.send(RECORDS, 500));
  expect(error).toBeInstanceOf(KafkaUnavailable);
  expect(afterMs).toBeGreaterThan(300);
  // kafkajs itself gives up after 30 s.
  expect(afterMs).toBeLessThan(20_000);
  expect(cluster.logs).toEqual([[], []]);
});

test('a send that is given up during an attempt names the error of the attempt before', async () => {
  const attempts = [() => Promise.reject(new Error('the leaders move')), () => new Promise<never>(() => {})];
  const transport = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    sendBatch: async () => attempts.shift()?.() ?? [],
  };
  const producer = await createProducer(transport, async () => 2, { deadlineMs: 500 }, createMetrics());
  await expect(producer.send(RECORDS)).rejects.toThrow(/the leaders move/);
});

test('the bytes of a send that was given up are counted until the client has dropped its request', async () => {
  const { producer, cluster } = await connect(() => new Promise<number>(() => {}));
  await expect(producer.send(RECORDS, 300)).rejects.toBeInstanceOf(KafkaUnavailable);
  expect(producer.abandonedBytes()).toBe(20);
  await cluster.close();
  await eventually(async () => producer.abandonedBytes() === 0);
});

test('a send is repeated until the brokers accept it, and then every record is written', async () => {
  let refusals = 12;
  const { producer, cluster } = await connect(async ({ node }) => {
    if (node === 0) return NO_ERROR;
    refusals -= 1;
    return refusals >= 0 ? NOT_LEADER : NO_ERROR;
  });
  await producer.send(RECORDS);
  expect(cluster.logs.map((log) => new Set(log))).toEqual([new Set(['run/b']), new Set(['run/a'])]);
});

test('a connection lost before the answer does not lose the records', async () => {
  let lost = 0;
  const { producer, cluster } = await connect(async ({ node }) => {
    if (node === 1 && lost < 3) {
      lost += 1;
      throw new Error('the scripted broker hangs up');
    }
    return NO_ERROR;
  });
  await producer.send(RECORDS);
  expect(lost).toBe(3);
  expect(cluster.logs[1]).toContain('run/a');
});

test('simultaneous sends each have their own deadline', async () => {
  const { producer } = await connect(() => new Promise<number>(() => {}));
  const failures = await Promise.all(
    [100, 200, 300].map((deadlineMs) => failureOf(producer.send(RECORDS, deadlineMs))),
  );
  for (const { error, afterMs } of failures) {
    expect(error).toBeInstanceOf(KafkaUnavailable);
    expect(afterMs).toBeLessThan(20_000);
  }
});
