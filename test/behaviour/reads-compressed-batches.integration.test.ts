import { afterAll, expect, test } from '@jest/globals';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { stepsOf, workOf } from '../runtime/work.ts';
import { eventually } from '../support/eventually.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
  'records that the broker compresses with %s are handled like any other',
  async (codec) => {
    // The broker recompresses what it is sent, with the codecs of the Java clients.
    const topic = await world.createTopic(`compressed-${codec}`, 1, { 'compression.type': codec });
    const steps = Array.from({ length: 1_000 }, (_, step) => step);
    await world.sendSteps(topic, steps);
    const handled: number[] = [];
    const work = workOf(`compressed-${codec}`, async (records) => {
      handled.push(...stepsOf(records));
      return [];
    });
    const running = await world.run(work, topic);
    await eventually(async () => (await world.committed(work, topic))[0] === '1000');
    expect(handled).toEqual(steps);
    expect((await world.letters(topic)).length).toBe(0);
    await running.stop();
  },
);
