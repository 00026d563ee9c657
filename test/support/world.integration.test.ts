import { expect, test } from '@jest/globals';
import pg from 'pg';
import { loadConfig } from '../../src/config.ts';
import { untilLed } from '../../src/kafka/admin/create-topics.ts';
import { createKafka } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import { createWorld } from './world.ts';

test('a world has its own database, and drops it when it closes', async () => {
  const [one, other] = [await createWorld(), await createWorld()];
  const client = new pg.Client({ connectionString: one.databaseUrl });
  await client.connect();
  await client.query('create table mine (id int)');
  await client.end();
  expect(one.databaseUrl).not.toBe(other.databaseUrl);
  expect(one.topicPrefix).not.toBe(other.topicPrefix);
  await Promise.all([one.close(), other.close()]);
  const late = new pg.Client({ connectionString: one.databaseUrl });
  await expect(late.connect()).rejects.toThrow('does not exist');
});

test('closing a world reports an open connection with its last query', async () => {
  const world = await createWorld();
  const forgotten = new pg.Client({ connectionString: world.databaseUrl });
  forgotten.on('error', () => {});
  await forgotten.connect();
  await forgotten.query("select 'forgotten'");
  await expect(world.close(1_000)).rejects.toThrow(
    /left open:\n {2}a database connection \(idle\), .* select 'forgotten'$/,
  );
});

test('closing a world reports a running consumer with its group, and removes the topics', async () => {
  const world = await createWorld();
  const kafka = createKafka(loadConfig().kafka, 'test', { log: createLog('silent') });
  const admin = kafka.admin();
  await admin.connect();
  const topic = `${world.topicPrefix}ml.events`;
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
  await untilLed(admin, [topic]);
  const consumer = kafka.consumer({ groupId: `${world.topicPrefix}forgotten` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.run({ eachMessage: async () => {} });
  await joined;
  await expect(world.close(1_000)).rejects.toThrow(`the consumer group ${world.topicPrefix}forgotten with 1 members`);
  await expect(admin.listTopics()).resolves.not.toContain(topic);
  await consumer.disconnect();
  await admin.disconnect();
});
