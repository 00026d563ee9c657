import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { parts } from '../harness/parts.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { settled } from '../harness/settle.ts';

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createFaultWorld();
  system = await (await world.start('all')).ready();
});
afterAll(() => world.close());

test('no event is lost when the broker is suspended for 45 s', async () => {
  const load = startLoad(world, { events: 6_000, perSecond: 120 });
  await load.accepted(1_000);
  const before = load.posted;
  await parts.kafka.freeze();
  // Longer than the session time-out of the consumers: the pause itself is the fault.
  await delay(45_000);
  expect(parts.kafka.state).toBe('T');
  expect(load.posted).toBeGreaterThan(before + 1_000);
  parts.kafka.thaw();
  await load.done;
  await settled(world, ['router', 'postgres', 'archive']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
  await system.ready();
});
