import { afterAll, expect, test } from '@jest/globals';
import { inspectTopics, reconcileTopic } from '../../../src/kafka/admin/reconcile.ts';
import { TOPICS } from '../../../src/topics.ts';
import { eventually } from '../../support/eventually.ts';
import { createKafkaWorld } from '../kafka-world.ts';

const world = await createKafkaWorld();
const { admin, topicPrefix } = world;
afterAll(() => world.close());

const inspect = async () => (await inspectTopics(admin, topicPrefix, ['ml.events']))[0];

/** A broker reports added partitions and changed settings a moment later. */
const untilPartitions = (count: number): Promise<void> =>
  eventually(async () => (await inspect())?.partitions === count);

test('a topic that does not exist is reported as missing', async () => {
  expect(await inspect()).toMatchObject({ exists: false, differences: [] });
});

test('differing partitions and settings are reported and changed, and other settings stay', async () => {
  const name = await world.createTopic('ml.events', 2, { 'retention.ms': '3600000', 'segment.bytes': '10485760' });
  const { partitions, retentionMs, maxMessageBytes } = TOPICS['ml.events'];
  const before = await inspect();
  expect(before).toMatchObject({ exists: true, name, partitions: 2, retentionMs: 3_600_000 });
  expect(before?.differences).toEqual([
    { setting: 'partitions', is: 2, should: partitions },
    { setting: 'retention.ms', is: 3_600_000, should: retentionMs },
    { setting: 'max.message.bytes', is: expect.any(Number), should: maxMessageBytes },
  ]);
  if (before !== undefined) await reconcileTopic(admin, before);

  await untilPartitions(partitions);
  await eventually(async () => (await inspect())?.differences.length === 0);
  expect(await inspect()).toMatchObject({ partitions, retentionMs, differences: [] });
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name }] });
  const kept = resources[0]?.configEntries.find(({ configName }) => configName === 'segment.bytes');
  expect(kept?.configValue).toBe('10485760');
});

test('more partitions than defined are not a difference', async () => {
  const topic = `${topicPrefix}ml.events`;
  await admin.createPartitions({ topicPartitions: [{ topic, count: 9 }] });
  await untilPartitions(9);
  expect(await inspect()).toMatchObject({ differences: [] });
});
