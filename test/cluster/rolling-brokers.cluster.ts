import { afterAll, beforeAll, test } from '@jest/globals';
import type { FaultWorld } from '../faults/harness/fault-world.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { checkDelivery } from './harness/check-delivery.ts';
import { brokers, createClusterWorld } from './harness/cluster-world.ts';
import { startSteadyLoad } from './harness/steady-load.ts';

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createClusterWorld();
  system = await (await world.start('all')).ready();
});
afterAll(() => world.close());

test('all brokers restart one after the other under load, and no request of a client that sends again fails', async () => {
  const load = startSteadyLoad(world);
  await load.more(500);
  for (const broker of brokers.all) {
    await broker.stop();
    await load.more(200);
    broker.start();
    await brokers.inSync();
  }
  await checkDelivery(world, load);
  await system.ready();
});
