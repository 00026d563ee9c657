import { afterAll, expect, test } from '@jest/globals';
import { readContainer } from '../../src/avro/container.ts';
import { createTopics } from '../../src/kafka/admin/create-topics.ts';
import { fetchTopicIds } from '../../src/kafka/admin/topic-ids.ts';
import { createLog } from '../../src/log.ts';
import { archive } from '../../src/roles/archive.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { ARCHIVED_RECORD, type ArchivedRecord } from '../../src/sinks/archive/archived-record.ts';
import { openStore } from '../../src/sinks/archive/open-store.ts';
import { createReplayWorld, told } from '../replay/replay-world.ts';
import { eventually } from '../support/eventually.ts';

const world = await createReplayWorld();
const { admin, kafka, tables, topicPrefix } = world;
const topic = `${topicPrefix}ml.events`;
const events = told().filter((item) => 'event' in item);
afterAll(() => world.close());

async function recreate(): Promise<void> {
  await admin.deleteTopics({ topics: [topic], timeout: 60_000 });
  await eventually(async () => !(await admin.listTopics()).includes(topic));
  await createTopics(kafka, topicPrefix, ['ml.events'], -1);
}

const topicId = async (): Promise<string> => (await fetchTopicIds(kafka, [topic])).get(topic) ?? 'none';

/** How many different records of `ml.events` the archive holds, by the id of the topic; throws where it holds one twice. */
async function archivedById(): Promise<Record<string, number>> {
  const places = new Map<string, Set<string>>();
  const store = openStore(world.config.s3);
  try {
    for (const key of await world.archived(`${world.archive.prefix}/${topic}/`)) {
      const file = (await store.get(key)) ?? Buffer.alloc(0);
      for await (const rows of readContainer<ArchivedRecord>(file, ARCHIVED_RECORD)) {
        for (const { topic_id, partition, offset } of rows) {
          const held = places.get(topic_id ?? 'none') ?? new Set();
          if (held.has(`${partition}/${offset}`)) throw new Error(`${partition}/${offset} is archived twice`);
          places.set(topic_id ?? 'none', held.add(`${partition}/${offset}`));
        }
      }
    }
  } finally {
    store.close();
  }
  return Object.fromEntries([...places].map(([id, { size }]) => [id, size]));
}

test('every record is archived although the offsets of its topic started over, while the system was stopped and while it ran', async () => {
  await world.tell(events.slice(0, 100));
  await world.settle();
  const expected: Record<string, number> = { [await topicId()]: 100 };
  expect(await archivedById()).toEqual(expected);

  await recreate();
  await world.tell(events.slice(100, 250));
  await world.settle();
  expected[await topicId()] = 150;
  expect(await archivedById()).toEqual(expected);

  const serving = await serve(world.config, [router, postgres, archive], createLog('silent'));
  try {
    await recreate();
    await world.tell(events.slice(250));
    expected[await topicId()] = events.length - 250;
    await eventually(async () => JSON.stringify(await archivedById()) === JSON.stringify(expected));
  } finally {
    await serving.stop();
  }
  await world.settle();
  expect(await archivedById()).toEqual(expected);

  const content = await tables.content();
  expect(content.cerebros_model_trials?.length).toBeGreaterThan(0);
  await tables.empty();
  const { records } = await world.replay({ archive: world.archive });
  expect(records).toBe(events.length);
  expect(await tables.content()).toEqual(content);
}, 180_000);
