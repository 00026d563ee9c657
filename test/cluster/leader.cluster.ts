import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topicName } from '../../src/topics.ts';
import type { FaultWorld } from '../faults/harness/fault-world.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { until } from '../support/until.ts';
import { checkDelivery } from './harness/check-delivery.ts';
import { brokers, createClusterWorld } from './harness/cluster-world.ts';
import { startSteadyLoad } from './harness/steady-load.ts';

/** The controllers give a killed broker up after 6 s. */
const REFUSED_MS = 15_000;

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createClusterWorld();
  system = await (await world.start('all')).ready();
});
afterAll(() => world.close());

test('a leader that is killed -9 loses no event, and clients are refused for 15 s at most', async () => {
  const load = startSteadyLoad(world);
  await load.more(1_000);
  const topic = topicName(world.topicPrefix, 'ml.events');
  const killed = await brokers.leaderOf(topic);
  await killed.kill();
  await until('every partition has another leader', 60_000, async () =>
    (await brokers.partitionsOf(topic)).every(({ leader }) => leader !== killed.id && leader >= 0),
  );
  await load.more(1_000);
  const { spanMs } = load.refusals;
  killed.start();
  await brokers.inSync();
  await checkDelivery(world, load);
  expect(spanMs).toBeLessThan(REFUSED_MS);
  await system.ready();
});
