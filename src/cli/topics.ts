import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { createTopics } from '../kafka/admin.ts';
import { createKafka } from '../kafka/client.ts';
import { createLog } from '../log.ts';
import { TOPIC_NAMES, TOPICS, topicName } from '../topics.ts';

/** `thunderline topics`: creates the topics that are missing and lists them all. */
export const topicsCommand = (): Command =>
  new Command('topics').description('create the topics that are missing, and list all').action(async () => {
    const config = loadConfig();
    const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: 'thunderline-topics' }, createLog('error'));
    const created = await createTopics(kafka, config.topicPrefix, TOPIC_NAMES, config.replicationFactor);
    for (const topic of TOPIC_NAMES) {
      const name = topicName(config.topicPrefix, topic);
      console.log(`${created.includes(name) ? 'created' : 'exists '}  ${name.padEnd(24)}  ${TOPICS[topic].holds}`);
    }
  });
