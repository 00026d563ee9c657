import { afterAll, describe, expect, test } from '@jest/globals';
import type { Work } from '../../src/runtime/stage.ts';
import { eventually } from '../support/eventually.ts';
import { createRuntimeWorld } from './runtime-world.ts';
import { stepsOf, workOf } from './work.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

/** Work that notes the step of every metric event it handles. */
function listener(name: string): { work: Work; steps: number[] } {
  const steps: number[] = [];
  const work = workOf(name, async (records) => {
    steps.push(...stepsOf(records));
    return [];
  });
  return { work, steps };
}

const groupsOf = async ({ name }: Work): Promise<string[]> =>
  (await world.admin.listGroups()).groups
    .map(({ groupId }) => groupId)
    .filter((groupId) => groupId.startsWith(`${world.topicPrefix}thunderline.${name}.`));

const isReady = async (running: { ready(): Promise<{ ok: boolean }> }): Promise<boolean> => (await running.ready()).ok;

describe('a group of each process', () => {
  test('gives every record to every process and leaves the group of the role alone', async () => {
    const topic = await world.createTopic('each-process', 2);
    const shared = listener('each-process');
    const role = await world.run(shared.work, topic);
    await world.sendSteps(topic, [1, 2], 'a/b');
    await eventually(async () => shared.steps.length === 2);
    await eventually(async () => (await world.committed(shared.work, topic)).includes('2'));
    await role.stop();
    const committed = await world.committed(shared.work, topic);

    const [first, second] = [listener('each-process'), listener('each-process')];
    const running = [
      await world.run(first.work, topic, { group: 'process' }),
      await world.run(second.work, topic, { group: 'process' }),
    ];
    await world.sendSteps(topic, [3], 'a/b');
    await eventually(async () => first.steps.length === 3 && second.steps.length === 3);
    expect([...first.steps]).toEqual([1, 2, 3]);
    expect([...second.steps]).toEqual([1, 2, 3]);
    expect(await world.committed(shared.work, topic)).toEqual(committed);
    await Promise.all(running.map((each) => each.stop()));
  });

  test('is deleted when the consumer stops', async () => {
    const topic = await world.createTopic('deleted-group');
    const { work } = listener('deleted-group');
    const running = await world.run(work, topic, { group: 'process' });
    await eventually(() => isReady(running));
    expect(await groupsOf(work)).toHaveLength(1);
    await running.stop();
    expect(await groupsOf(work)).toEqual([]);
  });
});

describe('a start from the end', () => {
  test('skips earlier records and delivers every later one', async () => {
    const topic = await world.createTopic('from-end');
    await world.sendSteps(topic, [1, 2, 3]);
    const { work, steps } = listener('from-end');
    const running = await world.run(work, topic, { group: 'process', from: 'end' });
    await eventually(() => isReady(running));
    await world.sendSteps(topic, [4]);
    await eventually(async () => steps.length > 0);
    expect(steps).toEqual([4]);
    expect((await running.live()).ok).toBe(true);
    await running.stop();
  });

  test('does not move a group that has committed already', async () => {
    const topic = await world.createTopic('end-again');
    const before = listener('end-again');
    const first = await world.run(before.work, topic, { from: 'end' });
    await eventually(() => isReady(first));
    await world.sendSteps(topic, [1]);
    await eventually(async () => (await world.committed(before.work, topic))[0] === '1');
    await first.stop();
    await world.sendSteps(topic, [2]);

    const after = listener('end-again');
    const second = await world.run(after.work, topic, { from: 'end' });
    await eventually(async () => after.steps.length > 0);
    expect(after.steps).toEqual([2]);
    await second.stop();
  });
});
