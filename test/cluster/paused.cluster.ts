import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topicName } from '../../src/topics.ts';
import type { FaultWorld } from '../faults/harness/fault-world.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { until } from '../support/until.ts';
import { checkDelivery } from './harness/check-delivery.ts';
import { brokers, createClusterWorld } from './harness/cluster-world.ts';
import { startSteadyLoad } from './harness/steady-load.ts';

const PAUSE_MS = 45_000;
const REFUSED_MS = 20_000;

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createClusterWorld();
  system = await (await world.start('all')).ready();
});
afterAll(() => world.close());

test('a leader that is suspended for 45 s loses no event, and its partitions go on elsewhere meanwhile', async () => {
  const load = startSteadyLoad(world);
  await load.more(1_000);
  const topic = topicName(world.topicPrefix, 'ml.events');
  const paused = await brokers.leaderOf(topic);
  const resumed = paused
    .pause()
    .then(() => delay(PAUSE_MS))
    .then(() => paused.resume());
  await until('every partition has another leader', PAUSE_MS, async () =>
    (await brokers.partitionsOf(topic)).every(({ leader }) => leader !== paused.id && leader >= 0),
  );
  await load.more(1_000);
  const { spanMs } = load.refusals;
  await resumed;
  await brokers.inSync();
  await checkDelivery(world, load);
  expect(spanMs).toBeLessThan(REFUSED_MS);
  await system.ready();
});
