import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RoleName } from '../../../src/pipeline.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { settled } from '../harness/settle.ts';

const CONSUMERS: readonly RoleName[] = ['router', 'postgres', 'archive'];
const TURNS = 20;
const TURN_MS = 3_000;

let world: FaultWorld;
let staying: RoleProcess;
beforeAll(async () => {
  world = await createFaultWorld();
  staying = await (await world.start(['gateway', ...CONSUMERS])).ready();
});
afterAll(() => world.close());

test('no event is lost when two consumers join and leave every 3 s for a minute', async () => {
  const load = startLoad(world, { events: 12_000, perSecond: 200 });
  const comers: (RoleProcess | undefined)[] = [undefined, undefined];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const place = turn % comers.length;
    const leaving = comers[place];
    comers[place] = leaving === undefined ? await world.start(CONSUMERS) : undefined;
    // One consumer leaves properly, the next one is killed.
    leaving?.signal(turn % 4 < 2 ? 'SIGTERM' : 'SIGKILL');
    await delay(TURN_MS);
  }
  await Promise.all(comers.map((comer) => comer?.stop()));
  await load.done;
  expect(staying.log.split('Consumer has joined the group').length).toBeGreaterThan(20);
  await settled(world, CONSUMERS);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
  await staying.ready();
});
