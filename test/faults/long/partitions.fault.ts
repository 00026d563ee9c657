import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Topic, topicName } from '../../../src/topics.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { settled } from '../harness/settle.ts';

const GROWING = ['ml.events', 'ml.events.high', 'ml.events.realtime'] as const satisfies readonly Topic[];
const PARTITIONS_BEFORE = 6;

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
  await (await world.start('all')).ready();
});
afterAll(() => world.close());

test('no event is lost when partitions are added to every topic under load', async () => {
  // Producers and consumers look for new partitions every 30 s: the fleet posts for twice that time.
  const load = startLoad(world, { events: 6_000, perSecond: 90 });
  await load.accepted(500);
  await world.withAdmin((admin) =>
    admin.createPartitions({
      topicPartitions: GROWING.map((topic) => ({ topic: topicName(world.topicPrefix, topic), count: 9 })),
    }),
  );
  await load.done;
  await settled(world, ['router', 'postgres', 'archive']);
  for (const topic of GROWING) expect(await recordsInNewPartitions(topic)).toBeGreaterThan(0);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world)).toEqual([]);
});

async function recordsInNewPartitions(topic: Topic): Promise<number> {
  const ends = await world.withAdmin((admin) => admin.fetchTopicOffsets(topicName(world.topicPrefix, topic)));
  return ends
    .filter(({ partition }) => partition >= PARTITIONS_BEFORE)
    .reduce((sum, { high }) => sum + Number(high), 0);
}
