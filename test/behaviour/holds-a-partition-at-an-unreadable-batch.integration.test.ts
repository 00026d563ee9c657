import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CompressionTypes, Partitioners, type Producer } from 'kafkajs';
import { requestSkip } from '../../src/kafka/admin/skip.ts';
import { fetchTopicIds } from '../../src/kafka/admin/topic-ids.ts';
import { decodeFetchFast } from '../../src/kafka/wire/fast-fetch.ts';
import { commitLate } from '../kafka/commit-late.ts';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { metric, stepsOf, workOf } from '../runtime/work.ts';
import { eventually } from '../support/eventually.ts';

const world = await createRuntimeWorld();
const LIMIT_BYTES = 1_048_576;
let producer: Producer;

beforeAll(async () => {
  decodeFetchFast(LIMIT_BYTES);
  producer = world.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
});
afterAll(async () => {
  await producer.disconnect();
  await world.close();
});

async function sendStep(topic: string, partition: number, step: number): Promise<void> {
  const value = world.codec.encode('ml.events', 'RunMetric', metric(step));
  await producer.send({ topic, messages: [{ key: 'k', value, partition }] });
}

/** Writes a batch of two records that unpacks to more than the limit. */
async function sendUnreadable(topic: string, partition: number): Promise<void> {
  const messages = ['a', 'b'].map((key) => ({ key, value: Buffer.alloc(LIMIT_BYTES), partition }));
  await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
}

/** Decides to skip the batch that precedes `next` in partition 0. */
async function decideSkip(group: string, topic: string, next: bigint): Promise<void> {
  const topicId = (await fetchTopicIds(world.kafka, [topic])).get(topic);
  await requestSkip(world.kafka, group, { topic, topicId, partition: 0, next });
}

test('an unreadable batch stops its partition only, until an operator skips it', async () => {
  const topic = await world.createTopic('unreadable', 2);
  await sendStep(topic, 0, 1);
  await sendUnreadable(topic, 0);
  await sendStep(topic, 0, 2);
  const handled: number[] = [];
  const work = workOf('unreadable', async (records) => {
    handled.push(...stepsOf(records));
    return [];
  });
  const group = world.groupOf(work, topic);
  const running = await world.run(work, topic);
  const cause =
    `${topic}/0 waits: the batch at offset 1 \\(up to 2, \\d+ bytes, codec gzip\\) cannot be read: ` +
    'its records need more memory than KAFKA_MAX_BATCH_BYTES allows. ' +
    `To skip it: npx thunderline deadletters skip --group ${group} --topic ${topic} --partition 0 --offset 1`;
  await eventually(async () => !(await running.ready()).ok && handled.length === 1);
  await eventually(async () => JSON.stringify(await running.ready()).includes('cannot be read'));
  expect(Object.values((await running.ready()).checks)[0]).toMatch(new RegExp(`^${cause}$`));

  // The other partition goes on, with a single handler at a time, while the first one is fetched again and again.
  for (let step = 10; step < 30; step += 1) {
    await sendStep(topic, 1, step);
    await eventually(async () => handled.includes(step));
  }
  await eventually(async () => (await world.committed(work, topic)).join() === '1,20');
  expect((await running.live()).ok).toBe(true);
  expect(await world.letters(topic)).toEqual([]);

  await decideSkip(group, topic, 3n);
  await eventually(async () => (await world.committed(work, topic))[0] === '4');
  expect(handled).toContain(2);
  await eventually(async () => (await running.ready()).ok);
  await running.stop();
  const [letter, ...others] = await world.letters(topic);
  expect(others).toEqual([]);
  expect(letter).toMatchObject({
    topic,
    partition: 0,
    offset: 1,
    key: null,
    stage: 'unreadable',
    reason: 'unreadable_batch',
    headers: [],
    message: expect.stringContaining('the batch at offset 1 (up to 2,'),
  });
  // The value is the batch: its first offset, and the gzip bytes after its header.
  expect(letter?.value?.readBigInt64BE(0)).toBe(1n);
  expect(letter?.value?.readUInt16BE(61)).toBe(0x1f8b);
});

test('a decision to skip is remembered until the consumer starts', async () => {
  const topic = await world.createTopic('skipped-before');
  await sendUnreadable(topic, 0);
  await sendStep(topic, 0, 5);
  const work = workOf('skipped-before', async () => []);
  await decideSkip(world.groupOf(work, topic), topic, 2n);
  const running = await world.run(work, topic);
  await eventually(async () => (await world.committed(work, topic))[0] === '3');
  await running.stop();
  expect((await world.letters(topic)).map(({ reason }) => reason)).toEqual(['unreadable_batch']);
});

test('a consumer with a group of its process skips by the decision for the group of its role', async () => {
  const topic = await world.createTopic('process-skips');
  await sendUnreadable(topic, 0);
  await sendStep(topic, 0, 5);
  const handled: number[] = [];
  const work = workOf('process-skips', async (records) => {
    handled.push(...stepsOf(records));
    return [];
  });
  const running = await world.run(work, topic, { group: 'process' });
  const group = world.groupOf(work, topic);
  await eventually(async () => JSON.stringify(await running.ready()).includes(`skip --group ${group} --topic`));
  await decideSkip(group, topic, 2n);
  await eventually(() => handled.length === 1);
  expect(handled).toEqual([5]);
  await running.stop();
});

test('a decision about another batch skips nothing', async () => {
  const topic = await world.createTopic('other-decision');
  await sendUnreadable(topic, 0);
  await sendStep(topic, 0, 5);
  const work = workOf('other-decision', async () => []);
  await decideSkip(world.groupOf(work, topic), topic, 3n);
  const running = await world.run(work, topic);
  await eventually(async () => JSON.stringify(await running.ready()).includes('cannot be read'));
  expect(await world.committed(work, topic)).toEqual(['-1']);
  await running.stop();
});

test.each([
  ['before its topic was deleted and created again', 'topic=XQn8FDH1Tge5XnqDmLuvig'],
  ['by an earlier version, without the id of the topic', ''],
])('a decision about a batch that ends at the same offset, made %s, skips nothing', async (_, metadata) => {
  const topic = await world.createTopic(`decided-${metadata.length}`);
  await sendUnreadable(topic, 0);
  await sendStep(topic, 0, 5);
  const work = workOf('decided', async () => []);
  const group = world.groupOf(work, topic);
  await commitLate(world.kafka, `${group}.skips`, topic, '2', metadata);
  const running = await world.run(work, topic);
  await eventually(async () => JSON.stringify(await running.ready()).includes('cannot be read'));
  expect(await world.committed(work, topic)).toEqual(['-1']);
  expect(await world.letters(topic)).toEqual([]);

  await decideSkip(group, topic, 2n);
  await eventually(async () => (await world.committed(work, topic))[0] === '3');
  await running.stop();
});
