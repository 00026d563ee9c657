import { loadConfig } from '../../../src/config.ts';
import { startConsumer } from '../../../src/kafka/client/consumer.ts';
import { createKafka } from '../../../src/kafka/client/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import type { FetchedRecord } from '../../../src/record.ts';
import { type Topic, topicName } from '../../../src/topics.ts';
import { until } from '../../support/until.ts';
import type { FaultWorld } from './world.ts';

const READ_MS = 60_000;
let readers = 0;

/** Every record that is in a topic at this moment. */
export async function readTopic(world: FaultWorld, topic: Topic): Promise<FetchedRecord[]> {
  const name = topicName(world.topicPrefix, topic);
  const ends = await world.withAdmin((admin) => admin.fetchTopicOffsets(name));
  const expected = ends.reduce((sum, { low, high }) => sum + Number(BigInt(high) - BigInt(low)), 0);
  if (expected === 0) return [];
  readers += 1;
  const groupId = `${world.topicPrefix}reader-${readers}`;
  const settings = { groupId, topics: [name], sessionTimeoutMs: 30_000, concurrency: 1, fetchBytes: 1_048_576 };
  const kafka = createKafka(loadConfig(world.environment).kafka, 'test', { log: createLog('silent') });
  const records = new Map<string, FetchedRecord>();
  const consumer = await startConsumer(
    kafka,
    settings,
    async (batch) => {
      for (const record of batch.records) {
        records.set(`${record.partition}/${record.offset}`, record);
        batch.pass(record.offset);
      }
    },
    { onCrash: () => undefined, onAssigned: () => undefined },
  );
  try {
    await until(`${expected} records of ${topic} are read`, READ_MS, async () => records.size >= expected);
  } finally {
    await consumer.stop();
  }
  return [...records.values()];
}
