import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { archiveFaults } from '../harness/archive.ts';
import { CRASH_POINTS } from '../harness/crash-point.ts';
import { killWhileConsuming } from '../harness/kill.ts';
import { settled } from '../harness/settle.ts';
import { createFaultWorld, type FaultWorld } from '../harness/world.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
  await (await world.start(['gateway'])).ready();
});
afterAll(() => world.close());

test.each(CRASH_POINTS)('the archive is killed -9 %s', async (at) => {
  const { restarted } = await killWhileConsuming(world, 'archive', at);
  await settled(world, ['archive']);
  expect(await archiveFaults(world)).toEqual([]);
  await restarted.stop();
});
