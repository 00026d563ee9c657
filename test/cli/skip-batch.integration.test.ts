import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { decodeFetchFast } from '../../src/kafka/wire/fast-fetch.ts';
import { topicName } from '../../src/topics.ts';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { metric, stepsOf, workOf } from '../runtime/work.ts';
import { eventually } from '../support/eventually.ts';
import { runThunderline } from '../support/thunderline.ts';

const LIMIT_BYTES = 1_048_576;
const EVENTS = 6_000;

const world = await createRuntimeWorld();
afterAll(() => world.close());

function thunderline(args: readonly string[], maxBatchBytes = LIMIT_BYTES): Promise<string> {
  const env = { ...world.environment, KAFKA_MAX_BATCH_BYTES: String(maxBatchBytes) };
  return runThunderline(env, ...args);
}

test('the command that readiness names skips the batch, and its events can be replayed later', async () => {
  const topic = topicName(world.topicPrefix, 'ml.events');
  const producer = world.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = Array.from({ length: EVENTS }, (_, step) => ({
    key: 'r/t',
    partition: 0,
    headers: { 'event-id': `e-${step}` },
    value: world.codec.encode('ml.events', 'RunMetric', metric(step)),
  }));
  // Each record counts 200 bytes in memory, so these need more than the limit; the larger limit reads them.
  await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
  await producer.disconnect();

  decodeFetchFast(LIMIT_BYTES);
  const handled = new Map<number, string>();
  const work = workOf('skipping', async (records) => {
    for (const [index, step] of stepsOf(records).entries()) {
      handled.set(step, String(records[index]?.source.headers['event-id']));
    }
    return [];
  });
  const others = await world.run({ ...work, name: 'skipping-too', handle: async () => [] }, topic);
  const running = await world.run(work, topic);
  const problem = async (): Promise<string> => JSON.stringify((await running.ready()).checks);
  await eventually(async () => (await problem()).includes('cannot be read'));
  const [, command = ''] = /npx thunderline (deadletters skip [\w./ -]+)/.exec(await problem()) ?? [];
  const printed = await thunderline(command.split(' '));
  expect(printed).toContain(`${topic}/0: the batch at offset 0 (up to ${EVENTS - 1},`);
  await thunderline(command.replace('skipping', 'skipping-too').split(' '));
  await eventually(async () => (await running.ready()).ok && (await others.ready()).ok);
  expect(handled.size).toBe(0);

  const list = await thunderline(['deadletters', 'list', '--reason', 'unreadable_batch']);
  expect(list).toMatch(/^(\d+:\d+ .* unreadable_batch .*\n){2}2 dead letters, 0 replayed\n$/);
  const replay = ['deadletters', 'replay', '--reason', 'unreadable_batch'];
  expect(await thunderline(replay)).toMatch(
    /not replayed: the batch still cannot be read: .*KAFKA_MAX_BATCH_BYTES allows/,
  );
  expect(await thunderline(replay, 64 * LIMIT_BYTES)).toContain('1 replayed, 1 not replayed');
  expect(await thunderline(replay, 64 * LIMIT_BYTES)).toContain('0 replayed, 2 not replayed');
  await eventually(async () => handled.size === EVENTS);
  expect(handled.get(17)).toBe('e-17');
  expect((await world.counts(topic)).reduce((sum, count) => sum + count, 0)).toBe(2 * EVENTS);
  await Promise.all([running.stop(), others.stop()]);
});

describe('a request to skip', () => {
  let topic: string;
  let group: string;
  beforeAll(async () => {
    topic = await world.createTopic('readable');
    await world.sendSteps(topic, [1, 2, 3]);
    const work = workOf('readable', async () => []);
    group = world.groupOf(work, topic);
    const running = await world.run(work, topic);
    await eventually(async () => (await world.committed(work, topic))[0] === '3');
    await running.stop();
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['a batch that can be read', {}, /the batch at offset 1 of .* can be read, so it is not skipped/],
    ['an offset that the partition does not have', { offset: '3' }, /has the offsets 0 to 2, not 3/],
    ['a partition that the topic does not have', { partition: '7' }, /has no partition 7/],
    ['a topic that does not exist', { topic: 'ml.nothing' }, /there is no topic ml.nothing/],
    ['a group that does not exist', { group: 'missing' }, /there is no consumer group missing/],
    ['an offset that is not a number', { offset: '-1' }, /expected a whole number from 0/],
  ])('%s is refused with a sentence', async (_, change, message) => {
    const options = { topic, group, partition: '0', offset: '1', ...change };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    await expect(thunderline(['deadletters', 'skip', ...args])).rejects.toThrow(message);
  });
});
