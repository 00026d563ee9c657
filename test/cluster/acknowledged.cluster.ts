import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { loadConfig } from '../../src/config.ts';
import { connectProducer } from '../../src/kafka/client/connect-producer.ts';
import { type BatchTransport, createProducer } from '../../src/kafka/client/producer.ts';
import { createKafka } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';
import { brokers } from './harness/cluster-world.ts';

/*
 * kafkajs resolves a send to two leaders although one of them has refused its partition, when the other has become its
 * leader: the retry leaves out a broker that has answered. The move of a leader between two sends makes that certain here.
 */

/** The client keeps the leaders that it knew at its first send. */
const FOR_EVER_MS = 3_600_000;
const MOVE_MS = 60_000;
const log = createLog('silent');
const kafka = () => createKafka(loadConfig({ KAFKA_BROKERS: brokers.addresses }).kafka, 'test', { log });

beforeAll(() => brokers.heal());
const topics: string[] = [];
afterAll(() => brokers.withAdmin((admin) => admin.deleteTopics({ topics })));

const records = (topic: string, value: string) =>
  [0, 1].map((partition) => ({ topic, partition, key: null, value: Buffer.from(`${value}-${partition}`) }));

/** A topic whose partitions 0 and 1 are led by brokers 1 and 2. */
async function createTopic(topic: string): Promise<void> {
  topics.push(topic);
  const replicaAssignment = [
    { partition: 0, replicas: [1, 2, 3] },
    { partition: 1, replicas: [2, 1, 3] },
  ];
  await brokers.withAdmin((admin) =>
    admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: false }),
  );
  await until(`${topic} has its leaders`, MOVE_MS, async () => {
    const partitions = await brokers.partitionsOf(topic);
    return partitions.length === 2 && partitions.every(({ partitionId, leader }) => leader === partitionId + 1);
  });
  await brokers.inSync();
}

/** Broker 1 becomes the leader of partition 1, and broker 2 keeps a replica, so that it answers that it leads no more. */
async function moveLeader(topic: string): Promise<void> {
  const assign = (replicas: number[]) =>
    brokers.withAdmin((admin) =>
      admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: [{ partition: 1, replicas }] }] }),
    );
  const leads = (id: number, replicas: number) =>
    until(`broker ${id} leads partition 1`, MOVE_MS, async () => {
      const one = (await brokers.partitionsOf(topic)).find(({ partitionId }) => partitionId === 1);
      return one?.leader === id && one.isr.length === replicas;
    });
  await assign([1, 3]);
  await leads(1, 2);
  await assign([1, 2, 3]);
  await leads(1, 3);
}

const valuesOf = async (topic: string): Promise<string[]> =>
  (await readTopic(kafka(), topic, `${topic}-`)).map(({ value }) => String(value)).toSorted();

describe('a partition whose leader moves to the other broker of a send', () => {
  test('loses an acknowledged record without the check of the answer', async () => {
    const topic = `acknowledged-${process.pid}-mutant`;
    await createTopic(topic);
    const producer = kafka().producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      metadataMaxAge: FOR_EVER_MS,
    });
    // The mutant: an answer counts for every partition that was sent, as kafkajs itself takes it.
    const blind: BatchTransport = {
      connect: () => producer.connect(),
      disconnect: () => producer.disconnect(),
      async sendBatch(batch) {
        await producer.sendBatch(batch);
        return batch.topicMessages.flatMap(({ messages }) =>
          messages.map(({ partition }) => ({ topicName: topic, partition, errorCode: 0 })),
        );
      },
    };
    const mutant = await createProducer(blind, async () => 2, { deadlineMs: 20_000 }, createMetrics());
    await mutant.send(records(topic, 'before'));
    await moveLeader(topic);
    await mutant.send(records(topic, 'after'));
    await mutant.close();
    expect(await valuesOf(topic)).toEqual(['after-0', 'before-0', 'before-1']);
  });

  test('loses nothing with it', async () => {
    const topic = `acknowledged-${process.pid}-guarded`;
    await createTopic(topic);
    const metrics = createMetrics();
    const settings = { deadlineMs: 20_000, partitionsTtlMs: 2 * FOR_EVER_MS };
    const producer = await connectProducer(kafka(), settings, metrics);
    await producer.send(records(topic, 'before'));
    await moveLeader(topic);
    await producer.send(records(topic, 'after'));
    await producer.close();
    expect(await valuesOf(topic)).toEqual(['after-0', 'after-1', 'before-0', 'before-1']);
    expect((await metrics.producerIncomplete.get()).values[0]?.value).toBe(1);
  });
});
