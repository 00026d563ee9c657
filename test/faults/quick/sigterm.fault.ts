import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { settled } from '../harness/settle.ts';

/** Less than SHUTDOWN_MS, after which the process would end regardless. */
const STOP_MS = 25_000;

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
});
afterAll(() => world.close());

test('all roles stop cleanly on SIGTERM under load', async () => {
  const stopping = await (await world.start('all', { environment: { READY_GRACE_MS: '1000' } })).ready();
  const load = startLoad(world, { events: 4_000, perSecond: 500 });
  await load.accepted(1_000);
  const asked = Date.now();
  stopping.signal('SIGTERM');
  expect(await stopping.ended).toBe('exit code 0');
  expect(Date.now() - asked).toBeLessThan(STOP_MS);

  await world.start('all');
  await load.done;
  await settled(world, ['router', 'postgres', 'archive']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
});
