import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { lagOf, settled } from '../harness/settle.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
  const rest = [await world.start(['gateway']), await world.start(['postgres'])];
  await Promise.all(rest.map((process) => process.ready()));
});
afterAll(() => world.close());

test('a bug in a role ends its process, and a version without the bug continues at the same record', async () => {
  const load = startLoad(world, { events: 3_000, perSecond: 1_000 });
  await until('2,000 records wait for the router', 60_000, async () => (await lagOf(world, 'router')) >= 2_000);
  const buggy = await world.start(['router'], { crash: { at: 'at read', after: 1, by: 'bug' } });
  expect(await buggy.ended).toBe('exit code 1');
  expect(buggy.log).toMatch(/"level":"fatal".*a bug injected by a test.*a role failed permanently; stopping/);
  expect(await lagOf(world, 'router')).toBeGreaterThan(1_000);

  await world.start(['router']);
  await load.done;
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
});
