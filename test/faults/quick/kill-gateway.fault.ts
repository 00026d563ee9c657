import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { CRASH_POINTS } from '../harness/crash-point.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { settled } from '../harness/settle.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
  await (await world.start(['router', 'postgres'])).ready();
});
afterAll(() => world.close());

// The answer is the commit of a gateway: from then on Thunderline is responsible for the event.
test.each(CRASH_POINTS)('no acknowledged event is lost when the gateway is killed -9 %s', async (at) => {
  const crashing = await (await world.start(['gateway'], { crash: { at, after: 20 } })).ready();
  const load = startLoad(world, { events: 3_000, perSecond: 10_000 });
  expect(await crashing.ended).toBe('signal SIGKILL');
  expect(crashing.log).toContain(`crash: gateway ${at}`);

  const gateway = await world.start(['gateway']);
  await load.done;
  const unanswered = [...load.cutOff.values()].reduce((sum, events) => sum + events, 0);
  expect(unanswered).toBeGreaterThan(1_000);
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(load.tally.accepted).toBeGreaterThan(1_000);
  await gateway.stop();
});
