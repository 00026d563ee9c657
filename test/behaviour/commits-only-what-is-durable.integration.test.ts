import { afterAll, expect, test } from '@jest/globals';
import { KafkaUnavailable } from '../../src/record.ts';
import { FatalError } from '../../src/runtime/fatal.ts';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { stepsOf, workOf } from '../runtime/work.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

test('nothing is committed before it is durable, and a stop waits for what is in hand', async () => {
  const topic = await world.createTopic('durable');
  const [begun, durable] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const work = workOf('durable', async () => {
    begun.resolve();
    await durable.promise;
    return [];
  });
  const running = await world.run(work, topic);
  await world.sendSteps(topic, [1, 2, 3]);
  await begun.promise;
  expect(await world.committed(work, topic)).toEqual(['-1']);
  const stopped = running.stop();
  durable.resolve();
  await stopped;
  expect(await world.committed(work, topic)).toEqual(['3']);
});

test('chunks are committed one by one, and who comes next starts behind the last of them', async () => {
  const topic = await world.createTopic('chunks');
  await world.sendSteps(topic, [1, 2, 3, 4, 5]);
  const stuck = Promise.withResolvers<void>();
  const first = workOf(
    'chunks',
    async (records) => {
      if (!stepsOf(records).includes(5)) return [];
      stuck.resolve();
      throw new Error('the database is unavailable');
    },
    2,
  );
  const running = await world.run(first, topic);
  await stuck.promise;
  await running.stop();
  expect(await world.committed(first, topic)).toEqual(['4']);

  const handled = Promise.withResolvers<number[]>();
  const second = workOf('chunks', async (records) => {
    handled.resolve(stepsOf(records));
    return [];
  });
  const next = await world.run(second, topic);
  expect(await handled.promise).toEqual([5]);
  await next.stop();
  expect(await world.committed(second, topic)).toEqual(['5']);
});

test('the failure of a dependency is retried with the same records, without a commit, and readiness reports the cause', async () => {
  const topic = await world.createTopic('trouble');
  await world.sendSteps(topic, [1, 2]);
  const attempts: number[][] = [];
  const third = Promise.withResolvers<void>();
  const healed = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const work = workOf('trouble', async (records) => {
    attempts.push(stepsOf(records));
    if (attempts.length < 3) throw new Error('the database is unavailable');
    third.resolve();
    await healed.promise;
    done.resolve();
    return [];
  });
  const running = await world.run(work, topic);
  await third.promise;
  expect(await running.ready()).toMatchObject({
    ok: false,
    checks: { [`trouble ${topic}`]: `${topic}/0 waits: the database is unavailable` },
  });
  expect(await world.committed(work, topic)).toEqual(['-1']);
  healed.resolve();
  await done.promise;
  await running.stop();
  expect(attempts).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  expect(await world.committed(work, topic)).toEqual(['2']);
  expect((await running.metrics.stageRetries.get()).values).toMatchObject([{ labels: { stage: 'trouble' }, value: 2 }]);
  expect((await running.metrics.stageWaiting.get()).values).toMatchObject([{ value: 0 }]);
});

test('an offset is held until its dead letter is written', async () => {
  const topic = await world.createTopic('held');
  await world.send(topic, { key: null, value: null });
  const refusals = [new KafkaUnavailable('away'), new KafkaUnavailable('away')];
  const written = Promise.withResolvers<number>();
  const work = workOf('held', async () => []);
  const running = await world.run(work, topic, {
    sender: {
      async send(letters) {
        expect(await world.committed(work, topic)).toEqual(['-1']);
        const refusal = refusals.pop();
        if (refusal !== undefined) throw refusal;
        await world.sender.send(letters);
        written.resolve(letters.length);
      },
    },
  });
  expect(await written.promise).toBe(1);
  await running.stop();
  expect(await world.committed(work, topic)).toEqual(['1']);
});

test.each([
  ['a TypeError', () => new TypeError('x is not a function')],
  ['a RangeError', () => new RangeError('offset is out of bounds')],
])('%s is a bug: the consumer ends at once and permanently, without a commit', async (name, makeError) => {
  const topic = await world.createTopic(name.replaceAll(' ', '-'));
  await world.sendSteps(topic, [1]);
  let calls = 0;
  const work = workOf(`bug-${name.replaceAll(' ', '-')}`, async () => {
    calls += 1;
    throw makeError();
  });
  const running = await world.run(work, topic);
  const error = await running.failed;
  expect(error).toBeInstanceOf(FatalError);
  expect(error.cause).toMatchObject({ message: makeError().message });
  expect(calls).toBe(1);
  await running.stop();
  expect(await world.committed(work, topic)).toEqual(['-1']);
});

test('records that wait do not keep the group from another consumer, which takes them over', async () => {
  const topic = await world.createTopic('takeover', 2);
  // Two keys that fall on two partitions.
  await world.sendSteps(topic, [1], 'run/b');
  await world.sendSteps(topic, [2], 'run/a');
  const stuck = Promise.withResolvers<void>();
  const broken = workOf('takeover', async () => {
    stuck.resolve();
    throw new Error('this machine cannot reach the database');
  });
  const first = await world.run(broken, topic, { concurrency: 2 });
  await stuck.promise;
  const taken = Promise.withResolvers<number[]>();
  const well = workOf('takeover', async (records) => {
    taken.resolve(stepsOf(records));
    return [];
  });
  const second = await world.run(well, topic, { concurrency: 2 });
  expect([[1], [2]]).toContainEqual(await taken.promise);
  await first.stop();
  await second.stop();
});
