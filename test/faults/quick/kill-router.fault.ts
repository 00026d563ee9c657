import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { CRASH_POINTS } from '../harness/crash-point.ts';
import { killWhileConsuming } from '../harness/kill.ts';
import { settled } from '../harness/settle.ts';
import { createFaultWorld, type FaultWorld } from '../harness/world.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
  const rest = [await world.start(['gateway']), await world.start(['postgres'])];
  await Promise.all(rest.map((process) => process.ready()));
});
afterAll(() => world.close());

test.each(CRASH_POINTS)('the router is killed -9 %s', async (at) => {
  const { load, restarted } = await killWhileConsuming(world, 'router', at);
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  await restarted.stop();
});
