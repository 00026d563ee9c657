import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/until.ts';
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

test('no event is lost when the broker is killed -9 and started again', async () => {
  const load = startLoad(world, { events: 4_000, perSecond: 400 });
  await load.accepted(1_000);
  const before = load.posted;
  expect(await parts.kafka.kill('SIGKILL')).toBe('Apache Kafka 4.3.0 ended (exit code 137)');
  await until('1,000 events are posted meanwhile', 60_000, async () => load.posted > before + 1_000);
  await parts.kafka.start();
  await load.done;
  await settled(world, ['router', 'postgres', 'archive']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
  await system.ready();
});
