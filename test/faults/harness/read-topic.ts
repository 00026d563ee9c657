import { loadConfig } from '../../../src/config.ts';
import { createKafka } from '../../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import type { FetchedRecord } from '../../../src/record.ts';
import { type Topic, topicName } from '../../../src/topics.ts';
import * as support from '../../support/read-topic.ts';
import type { FaultWorld } from './fault-world.ts';

/** Every record that is in a topic at this moment. */
export function readTopic({ environment, topicPrefix }: FaultWorld, topic: Topic): Promise<FetchedRecord[]> {
  const kafka = createKafka(loadConfig(environment).kafka, 'test', { log: createLog('silent') });
  return support.readTopic(kafka, topicName(topicPrefix, topic), topicPrefix);
}
