import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROLES, type RoleName } from '../../src/pipeline.ts';
import type { FaultWorld } from '../faults/harness/fault-world.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { checkDelivery } from './harness/check-delivery.ts';
import { createClusterWorld } from './harness/cluster-world.ts';
import { startSteadyLoad } from './harness/steady-load.ts';

/** The mirror does nothing without the address of MLflow. */
const NAMES: readonly RoleName[] = ROLES.map(({ name }) => name).filter((name) => name !== 'mlflow');
const EVENTS_BETWEEN = 200;

let world: FaultWorld;
const running = new Map<RoleName, RoleProcess>();
beforeAll(async () => {
  world = await createClusterWorld({ READY_GRACE_MS: '1000' });
  // The others wait for the tables that it creates.
  running.set('postgres', await (await world.start(['postgres'])).ready());
  const others = NAMES.filter((name) => name !== 'postgres');
  for (const name of others) running.set(name, await world.start([name]));
  for (const name of others) await running.get(name)?.ready();
});
afterAll(() => world.close());

test('all roles restart one after the other under load, and no request of a client that sends again fails', async () => {
  const load = startSteadyLoad(world);
  await load.more(500);
  for (const name of NAMES) {
    const old = running.get(name);
    // Two gateways of one test would need another address; of every other role the next process is ready before.
    if (name === 'gateway') expect(await old?.stop()).toBe('exit code 0');
    running.set(name, await (await world.start([name])).ready());
    if (name !== 'gateway') expect(await old?.stop()).toBe('exit code 0');
    await load.more(EVENTS_BETWEEN);
  }
  await checkDelivery(world, load);
  for (const role of running.values()) await role.ready();
});
