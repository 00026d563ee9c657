import { afterAll, expect, test } from '@jest/globals';
import { CompressionTypes } from 'kafkajs';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { metric, stepsOf, workOf } from '../runtime/work.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

test('bad data is given up one record at a time, with its bytes, key, headers and cause', async () => {
  const topic = await world.createTopic('bad');
  const value = world.codec.encode('ml.events', 'RunMetric', metric(2));
  await world.sendSteps(topic, [1]);
  const headers = { 'event-id': 'e-2', twice: ['a', 'b'], 'dead-letter-replays': '3' };
  await world.send(topic, { key: 'r/t', value, headers });
  await world.sendSteps(topic, [3]);
  const done = Promise.withResolvers<void>();
  const work = workOf('bad', async (records) => {
    if (stepsOf(records).includes(3)) done.resolve();
    return records
      .filter((record) => stepsOf([record]).includes(2))
      .map(({ source }) => ({ record: source, code: 'rejected_by_database', message: 'value out of range' }));
  });
  const before = Date.now();
  const running = await world.run(work, topic);
  await done.promise;
  await running.stop();
  const [letter, ...others] = await world.letters(topic);
  expect(others).toEqual([]);
  expect(letter).toMatchObject({
    topic,
    partition: 0,
    offset: 1,
    key: Buffer.from('r/t'),
    value,
    stage: 'bad',
    replays: 3,
    reason: 'rejected_by_database',
    message: 'value out of range',
  });
  expect(letter?.failed_at).toBeGreaterThanOrEqual(before);
  expect(letter?.headers.map((header) => [header.key, header.value?.toString()])).toEqual([
    ['event-id', 'e-2'],
    ['twice', 'a'],
    ['twice', 'b'],
    ['dead-letter-replays', '3'],
  ]);
  expect(await world.committed(work, topic)).toEqual(['3']);
});

test('bytes that cannot be read are given up, each with its cause, and the rest is handled', async () => {
  const topic = await world.createTopic('poison');
  const good = world.codec.encode('ml.events', 'RunMetric', metric(7));
  const poison: [string, Buffer | null][] = [
    ['tombstone', null],
    ['not_wire_format', Buffer.from('{}')],
    ['unknown_schema', Buffer.from([0, 0x7f, 0, 0, 0, 1])],
    ['undecodable', good.subarray(0, -1)],
    ['undecodable', Buffer.concat([good.subarray(0, 5), Buffer.alloc(400, 0xfe)])],
  ];
  await world.send(topic, ...poison.map(([key, value]) => ({ key, value })), { key: null, value: good });
  const handled = Promise.withResolvers<number[]>();
  const work = workOf('poison', async (records) => {
    handled.resolve(stepsOf(records));
    return [];
  });
  const running = await world.run(work, topic);
  expect(await handled.promise).toEqual([7]);
  await running.stop();
  const letters = (await world.letters(topic)).sort((a, b) => a.offset - b.offset);
  expect(letters.map(({ reason, value }) => [reason, value])).toEqual(poison);
  expect(await world.committed(work, topic)).toEqual(['6']);
});

test('the dead letter of a record that is too large has its position', async () => {
  const topic = await world.createTopic('large');
  const value = Buffer.alloc(5_000_000);
  const foreign = world.kafka.producer();
  await foreign.connect();
  // Compressed, it is small enough for any topic.
  await foreign.send({ topic, compression: CompressionTypes.GZIP, messages: [{ key: 'r/t', value }] });
  await foreign.disconnect();
  await world.sendSteps(topic, [2]);
  const handled = Promise.withResolvers<number[]>();
  const work = workOf('large', async (records) => {
    handled.resolve(stepsOf(records));
    return [];
  });
  const running = await world.run(work, topic);
  expect(await handled.promise).toEqual([2]);
  await running.stop();
  const letters = (await world.letters(topic)).map(({ value: bytes, ...letter }) => ({
    ...letter,
    bytes: bytes?.length,
  }));
  expect(letters).toMatchObject([
    {
      topic,
      partition: 0,
      offset: 0,
      key: null,
      bytes: undefined,
      headers: [],
      reason: 'unknown_schema',
      message: expect.stringMatching(`its 5000000 bytes are too many for a dead letter and are only at ${topic}/0/0`),
    },
  ]);
  expect(await world.committed(work, topic)).toEqual(['2']);
});
