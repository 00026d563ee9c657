import { loadConfig } from '../../../src/config.ts';
import { createKafka } from '../../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import { type Topic, topicName } from '../../../src/topics.ts';
import type { FaultWorld } from './fault-world.ts';

/** Writes bytes to a topic without the gateway, as another producer would, to the partitions of their keys. */
export async function produce(world: FaultWorld, topic: Topic, values: readonly Buffer[]): Promise<void> {
  const producer = createKafka(loadConfig(world.environment).kafka, 'test', { log: createLog('silent') }).producer();
  await producer.connect();
  const messages = values.map((value, index) => ({ key: `foreign-${index}`, value }));
  await producer.send({ topic: topicName(world.topicPrefix, topic), messages });
  await producer.disconnect();
}
