import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { settled } from '../harness/settle.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
});
afterAll(() => world.close());

test('no event is lost when a process with all roles is killed -9 in the middle of 5,000 events', async () => {
  const killed = await (await world.start('all')).ready();
  const load = startLoad(world, { events: 5_000, perSecond: 1_000 });
  await load.accepted(2_000);
  expect(await killed.kill()).toBe('signal SIGKILL');

  await world.start('all');
  await load.done;
  await settled(world, ['router', 'postgres', 'archive']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
  expect(load.tally.accepted).toBeGreaterThanOrEqual(5_000);
});
