import { afterAll, describe, expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { untilLed } from '../../../src/kafka/admin/create-topics.ts';
import { connectProducer } from '../../../src/kafka/client/connect-producer.ts';
import { type BatchTransport, createProducer, type Producer } from '../../../src/kafka/client/producer.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { type OutgoingRecord, RecordTooLarge } from '../../../src/record.ts';
import { createKafkaWorld } from '../kafka-world.ts';

const world = await createKafkaWorld();
const producer = await connectProducer(world.kafka, { deadlineMs: 60_000 }, createMetrics());
afterAll(async () => {
  await producer.close();
  await world.close();
});

const record = (topic: string, key: string | null, value: string | Buffer = 'x'): OutgoingRecord => ({
  topic,
  key,
  value: Buffer.from(value as string),
});

test('a record is read as it was sent: key, value and headers, byte for byte', async () => {
  const topic = await world.createTopic('bytes');
  const bytes = Buffer.from([0, 255, 10, 13]);
  await producer.send([
    { topic, key: 'run/t', value: bytes, headers: { event: 'ml.run.start', twice: ['a', Buffer.from([255])] } },
    { topic, key: bytes, value: Buffer.alloc(0) },
    { topic, key: null, value: null },
  ]);
  const [first, second, third] = await world.read(topic);
  expect(first).toMatchObject({ topic, partition: 0, offset: '0', key: Buffer.from('run/t'), value: bytes });
  expect(first?.headers).toEqual({ event: Buffer.from('ml.run.start'), twice: [Buffer.from('a'), Buffer.from([255])] });
  expect(second).toMatchObject({ key: bytes, value: Buffer.alloc(0), headers: {} });
  expect(third).toMatchObject({ key: null, value: null });
});

/** From the tests of the Java client: org.apache.kafka.common.utils.UtilsTest. */
const MURMUR2: Readonly<Record<string, number>> = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
};

test('a key has the partition that a Java client would choose', async () => {
  const topic = await world.createTopic('partitions', 40);
  const expected = Array<number>(40).fill(0);
  for (const hash of Object.values(MURMUR2)) expected[(hash & 0x7fffffff) % 40] = 1;
  await producer.send(Object.keys(MURMUR2).map((key) => record(topic, key)));
  expect(await world.counts(topic)).toEqual(expected);
});

test('records without a key are spread over all partitions', async () => {
  const topic = await world.createTopic('keyless', 4);
  await producer.send(Array.from({ length: 400 }, () => record(topic, null)));
  for (const count of await world.counts(topic)) expect(count).toBe(100);
});

describe('a record too large for its topic', () => {
  const large = (topic: string, key: string) => record(topic, key, Buffer.alloc(150_000, 'x'));

  test('is named, and all others sent with it are written', async () => {
    const topic = await world.createTopic('large', 2, { 'max.message.bytes': '100000' });
    const [one, two] = [large(topic, 'b'), large(topic, 'd')];
    const small = ['a', 'b', 'c', 'd', 'e'].map((key) => record(topic, key, `small ${key}`));
    const [a, b, c, d, e] = small as [OutgoingRecord, OutgoingRecord, OutgoingRecord, OutgoingRecord, OutgoingRecord];
    const refused = await producer.send([a, one, b, c, two, d, e]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RecordTooLarge);
    expect((refused as RecordTooLarge).records).toEqual([one, two]);
    const found = (await world.read(topic)).map(({ value }) => value?.toString());
    expect(new Set(found)).toEqual(new Set(small.map(({ value }) => value?.toString())));
  });

  test('is named when it is sent alone', async () => {
    const topic = await world.createTopic('large-alone', 1, { 'max.message.bytes': '100000' });
    await expect(producer.send([large(topic, 'a')])).rejects.toThrow(
      /a record of 150000 bytes is too large for .*alone/,
    );
  });
});

/** A real producer that remembers what it was given. */
async function observed(): Promise<{ own: Producer; batches: Parameters<BatchTransport['sendBatch']>[0][] }> {
  const transport = world.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const batches: Parameters<BatchTransport['sendBatch']>[0][] = [];
  const watched: BatchTransport = {
    connect: () => transport.connect(),
    disconnect: () => transport.disconnect(),
    sendBatch(batch) {
      batches.push(batch);
      return transport.sendBatch(batch);
    },
  };
  return { own: await createProducer(watched, async () => 1, { deadlineMs: 10_000 }, createMetrics()), batches };
}

test('many records are sent in batches that the broker accepts even if all go to one partition', async () => {
  const topic = await world.createTopic('slices', 1, { 'max.message.bytes': '1048576' });
  const { own, batches } = await observed();
  const records = Array.from({ length: 3_000 }, (_, index) => record(topic, 'k', String(index).padEnd(1_000)));
  try {
    await own.send(records);
  } finally {
    await own.close();
  }
  expect(batches.length).toBeGreaterThan(1);
  expect(batches.map(({ acks }) => acks)).toEqual(batches.map(() => -1));
  // None was refused and halved: each record was sent once.
  const sent = batches.flatMap(({ topicMessages }) => topicMessages.flatMap(({ messages }) => messages));
  expect(sent.map(({ value }) => value)).toEqual(records.map(({ value }) => value));
  expect(await world.counts(topic)).toEqual([3_000]);
});

test('a topic that does not exist is named together with the command that creates it', async () => {
  const sent = producer.send([record(`${world.topicPrefix}absent`, 'k')], 20_000);
  await expect(sent).rejects.toMatchObject({
    name: 'KafkaUnavailable',
    message: expect.stringMatching(/absent does not exist.*topics/),
  });
});

test('added partitions are used, and no record fails meanwhile', async () => {
  const topic = await world.createTopic('growing', 1);
  const own = await connectProducer(world.kafka, { deadlineMs: 30_000, partitionsTtlMs: 200 }, createMetrics());
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  try {
    await own.send(keys.map((key) => record(topic, key)));
    await world.admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    await untilLed(world.admin, [topic]);
    let sends = 1;
    do {
      await own.send(keys.map((key) => record(topic, key)));
      sends += 1;
    } while ((await world.counts(topic)).some((count) => count === 0));
    const all = await world.counts(topic);
    expect(all.reduce((sum, count) => sum + count)).toBe(sends * keys.length);
  } finally {
    await own.close();
  }
});
