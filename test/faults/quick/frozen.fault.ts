import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { lagOf, settled } from '../harness/settle.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
  await (await world.start(['gateway'])).ready();
});
afterAll(() => world.close());

test('no event is lost when a process is suspended past its session time-out and resumed', async () => {
  const frozen = await (await world.start(['router', 'postgres', 'archive'])).ready();
  const load = startLoad(world, { events: 5_000, perSecond: 400 });
  await load.accepted(1_000);
  frozen.signal('SIGSTOP');
  await until('the groups have no member', 60_000, async () => (await members(world)) === 0);
  await until('1,000 records wait', 60_000, async () => (await lagOf(world, 'router')) > 1_000);
  // Another process takes over the work of the suspended one; later both run.
  const other = await (await world.start(['router', 'postgres', 'archive'])).ready();
  await load.accepted(3_000);
  frozen.signal('SIGCONT');
  await load.done;
  await settled(world, ['router', 'postgres', 'archive']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
  await Promise.all([frozen.ready(), other.ready()]);
});

function members({ topicPrefix, withAdmin }: FaultWorld): Promise<number> {
  return withAdmin(async (admin) => {
    const { groups } = await admin.listGroups();
    const ids = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(`${topicPrefix}thunderline`));
    const described = (await admin.describeGroups(ids)).groups;
    return described.reduce((sum, group) => sum + group.members.length, 0);
  });
}
