import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { fetchTopicIds } from '../../../src/kafka/admin/topic-ids.ts';
import { createKafkaWorld } from '../kafka-world.ts';

const world = await createKafkaWorld();
const topic = await world.createTopic('events');
const servers: Server[] = [];
const sockets = new Set<Socket>();
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await world.close();
});

/**
 * A client of a broker that accepts a connection and leaves its request unanswered, as a suspended broker does, and answers on
 * all later ones.
 */
async function clientOfSuspendedBroker(): Promise<Kafka> {
  const [host, port] = (world.environment.KAFKA_BROKERS ?? '').split(':');
  let isSuspended = true;
  const server = createServer((client) => {
    const broker = connect(Number(port), host);
    for (const socket of [client, broker]) sockets.add(socket.on('error', () => client.destroy()));
    if (isSuspended) client.once('data', () => (isSuspended = false));
    else client.pipe(broker);
    broker.pipe(client);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: proxy } = server.address() as AddressInfo;
  return new Kafka({
    brokers: [`127.0.0.1:${proxy}`],
    requestTimeout: 2_000,
    retry: { initialRetryTime: 10, retries: 5 },
    logLevel: logLevel.NOTHING,
  });
}

test('the ids of topics are read from a broker that did not answer at first', async () => {
  const ids = await fetchTopicIds(await clientOfSuspendedBroker(), [topic]);
  expect([...ids.keys()]).toEqual([topic]);
});

test('an admin client works once a broker answers that did not at first', async () => {
  const admin = (await clientOfSuspendedBroker()).admin();
  try {
    await admin.connect();
    expect(await admin.listTopics()).toContain(topic);
  } finally {
    await admin.disconnect();
  }
});
