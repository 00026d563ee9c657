import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { TOPICS, topicName } from '../../src/topics.ts';
import type { FaultWorld } from '../faults/harness/fault-world.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { until } from '../support/until.ts';
import { checkDelivery } from './harness/check-delivery.ts';
import { brokers, createClusterWorld } from './harness/cluster-world.ts';
import { startSteadyLoad } from './harness/steady-load.ts';

// kafkajs is a CommonJS module, and Node detects only some of its exports.
const { ConfigResourceTypes } = kafkajs;
const REFUSED_REQUESTS = 20;

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createClusterWorld();
  system = await (await world.start('all')).ready();
});
afterAll(() => world.close());

test('a topic that lacks one replica in sync accepts nothing and loses nothing', async () => {
  const topic = topicName(world.topicPrefix, 'ml.events');
  await brokers.withAdmin((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [
            { name: 'min.insync.replicas', value: '3' },
            { name: 'max.message.bytes', value: String(TOPICS['ml.events'].maxMessageBytes) },
          ],
        },
      ],
    }),
  );
  const load = startSteadyLoad(world);
  await load.more(1_000);
  const [broker] = brokers.all;
  await broker?.stop();
  await until('each partition has two replicas in sync', 60_000, async () =>
    (await brokers.partitionsOf(topic)).every(({ isr }) => isr.length === 2),
  );
  // Requests that were acknowledged before are answered now.
  await until('requests are refused', 60_000, () => load.refusals.refused > 0);
  const { refused } = load.refusals;
  const { accepted } = load.tally;
  await until('more requests are refused', 60_000, () => load.refusals.refused > refused + REFUSED_REQUESTS);
  expect(load.tally.accepted).toBe(accepted);
  broker?.start();
  await brokers.inSync();
  await checkDelivery(world, load);
  await system.ready();
});
