import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { groupId, topicName } from '../../../src/topics.ts';
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

test('rows and archive stay the same when the offsets of all groups are deleted', async () => {
  const first = await (await world.start(['router', 'postgres', 'archive'])).ready();
  const load = startLoad(world, { events: 2_000, perSecond: 500 });
  await load.accepted(1_000);
  await first.stop();
  await world.withAdmin(async (admin) => {
    const { groups } = await admin.listGroups();
    const ids = groups.map((group) => group.groupId).filter((id) => id.startsWith(world.topicPrefix));
    expect(ids.length).toBeGreaterThan(5);
    await admin.deleteGroups(ids);
  });
  expect(await lagOf(world, 'router')).toBeGreaterThan(1_000);

  const second = await world.start(['router', 'postgres', 'archive']);
  await load.done;
  await settled(world, ['router', 'postgres', 'archive']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
  await second.stop();
});

test('an alarm counts the records that retention deletes before the sink reads them', async () => {
  const router = await (await world.start(['router'])).ready();
  const load = startLoad(world, { events: 2_000, perSecond: 1_000 });
  await load.done;
  await settled(world, ['router']);
  const lost = await deleteUnread(world);
  expect(lost).toBeGreaterThan(1_000);

  const sink = await world.start(['postgres']);
  await settled(world, ['postgres']);
  await until(
    'the alarm counts every lost record',
    30_000,
    async () => (await sink.metric('thunderline_stage_lost_records_total')) === lost,
  );
  expect(sink.log).toContain('retention deleted records before they were read');
  const { missingCount, unwanted, deadLetters } = await account(world, load);
  expect({ missingCount, unwanted, deadLetters }).toEqual({ missingCount: lost, unwanted: [], deadLetters: [] });
  await Promise.all([router.stop(), sink.ready()]);
});

/** Deletes the metric points that the sink has not read, except for the last ten records of each partition. */
function deleteUnread({ topicPrefix, withAdmin }: FaultWorld): Promise<number> {
  const topic = topicName(topicPrefix, 'ml.events.realtime');
  return withAdmin(async (admin) => {
    const [committed] = await admin.fetchOffsets({
      groupId: groupId(topicPrefix, 'postgres', 'ml.events.realtime'),
      topics: [topic],
    });
    const read = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    const ends = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
      partition,
      from: Math.max(0, read.get(partition) ?? 0),
      to: Math.max(0, Number(high) - 10),
    }));
    const expired = ends.filter(({ from, to }) => to > from);
    await admin.deleteTopicRecords({
      topic,
      partitions: expired.map(({ partition, to }) => ({ partition, offset: String(to) })),
    });
    return expired.reduce((sum, { from, to }) => sum + to - from, 0);
  });
}
