import { afterAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { fetchPosition } from '../../src/kafka/admin/position.ts';
import { startConsumer } from '../../src/kafka/client/consumer.ts';
import type { KafkaBatch } from '../../src/kafka/client/kafka-batch.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createAccumulatingHandler } from '../../src/runtime/accumulating-loop.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import type { AccumulatingSink } from '../../src/runtime/sink.ts';
import { eventually } from '../support/eventually.ts';
import { createRuntimeWorld } from './runtime-world.ts';
import { METRIC_CODEC } from './scripted-batch.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

test('accumulates every record although a heartbeat fails and kafkajs goes on in the same generation', async () => {
  const topic = await world.createTopic('accumulated');
  const groupId = `${topic}.group`;
  let accumulated: number[] = [];
  const sink: AccumulatingSink = {
    name: 'archive',
    batch: { maxRecords: 2, maxBytes: 1_000_000 },
    open: async () => undefined,
    close: async () => undefined,
    accumulate() {
      const taken: number[] = [];
      accumulated = taken;
      return {
        take: async (records) => void taken.push(...records.map(({ source }) => Number(source.offset))),
        skip: async () => undefined,
        settle: async () => undefined,
        abandon: () => undefined,
      };
    },
  };
  const handler = createAccumulatingHandler(sink, {
    codec: METRIC_CODEC,
    log: createLog('silent'),
    metrics: createMetrics(),
    status: new ConsumerStatus(),
    chunkRecords: 1_000,
    fetchPosition: (name, partition) => fetchPosition(world.admin, groupId, name, partition),
  });
  let failures = 1;
  const onBatch = async (batch: KafkaBatch): Promise<void> => {
    await handler.handleBatch(batch);
    if (failures === 0) return;
    failures -= 1;
    throw new kafkajs.KafkaJSConnectionError('Closed connection');
  };
  const crashes: Error[] = [];
  const events = { onCrash: (error: Error) => void crashes.push(error), onAssigned: () => undefined };
  const settings = { groupId, topics: [topic], sessionTimeoutMs: 10_000, concurrency: 1, fetchBytes: 1_048_576 };

  await world.sendSteps(topic, [0, 1, 2, 3, 4]);
  const consumer = await startConsumer(world.kafka, settings, onBatch, events);
  try {
    await eventually(() => failures === 0);
    await world.sendSteps(topic, [5, 6, 7, 8, 9]);
    await eventually(() => accumulated.includes(9));
    expect([...new Set(accumulated)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(crashes).toEqual([]);
  } finally {
    await consumer.stop();
  }
});
