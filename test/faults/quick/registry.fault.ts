import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { parts } from '../harness/parts.ts';
import { produce } from '../harness/produce.ts';
import { readTopic } from '../harness/read-topic.ts';
import { settled } from '../harness/settle.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
});
afterEach(() => parts.registry.start());
afterAll(() => world.close());

test('the roles wait for a registry that is down when they start', async () => {
  await parts.registry.stop();
  const system = await world.start(['gateway', 'router', 'postgres']);
  await until('readiness names the registry', 60_000, async () =>
    (await system.problems()).includes('the schema registry'),
  );
  const load = startLoad(world, { events: 4_000, perSecond: 400 });
  await until('1,000 events are posted and refused', 60_000, async () => load.posted > 1_000);
  expect(load.tally.accepted).toBe(0);
  await parts.registry.start();
  await system.ready();
  await load.done;
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(load.tally.accepted).toBeGreaterThan(1_000);
  await system.stop();
});

test('only records with an unknown schema wait when the registry goes down later', async () => {
  const system = await (await world.start(['gateway', 'router', 'postgres'])).ready();
  const load = startLoad(world, { events: 3_000, perSecond: 300 });
  await load.accepted(500);
  await parts.registry.stop();
  const before = load.tally.accepted;
  await load.accepted(before + 1_000);
  // Only the registry has the schema of this record.
  await produce(world, 'ml.events', [Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1, 2, 3])]);
  await until('the router waits for it', 60_000, async () => (await system.problems()).includes('schema registry'));
  expect(await readTopic(world, 'ml.deadletters')).toEqual([]);
  await parts.registry.start();
  await load.done;
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject({ ...NOTHING_LOST, deadLetters: ['unknown_schema'] });
});
