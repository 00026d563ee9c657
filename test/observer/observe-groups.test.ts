import { expect, test } from '@jest/globals';
import type { ConsumerGroup, GroupSource } from '../../src/kafka/client/group-source.ts';
import { createMetrics } from '../../src/metrics.ts';
import { observeGroups } from '../../src/observer/observe-groups.ts';

const GROUP: ConsumerGroup = { stage: 'postgres', topic: 'ml.events.high' };

/** One group in one partition, which a test moves, and the values that are reported. */
function observing() {
  const metrics = createMetrics();
  const at = { nowMs: 1_000_000, members: 1, committed: 0, end: 0, recordMs: 900_000, reads: 0 };
  const source: GroupSource = {
    members: async () => [{ group: GROUP, topic: 'p-ml.events.high', members: at.members }],
    async lag() {
      const [committed, end] = [String(at.committed), String(at.end)];
      return [
        {
          topic: 'p-ml.events.high',
          partition: 0,
          committed,
          end,
          start: '0',
          lag: at.end - Math.max(0, at.committed),
        },
      ];
    },
    async recordTime() {
      at.reads += 1;
      return at.recordMs;
    },
  };
  const look = observeGroups(source, metrics, () => at.nowMs);
  const after = async (seconds: number, change: Partial<typeof at>) => {
    Object.assign(at, change, { nowMs: at.nowMs + seconds * 1_000 });
    await look();
    const value = async (metric: 'groupLag' | 'groupLagSeconds' | 'groupProgress' | 'groupMembers') =>
      (await metrics[metric].get()).values[0]?.value;
    return {
      lag: await value('groupLag'),
      age: await value('groupLagSeconds'),
      still: at.nowMs / 1_000 - ((await value('groupProgress')) ?? 0),
      members: await value('groupMembers'),
    };
  };
  return { after, at };
}

test('a group at the end has no lag, and moves', async () => {
  const { after } = observing();
  expect(await after(0, {})).toEqual({ lag: 0, age: 0, still: 0, members: 1 });
  expect(await after(60, {})).toEqual({ lag: 0, age: 0, still: 0, members: 1 });
});

test('a group that stands still with records gets older by the second', async () => {
  const { after, at } = observing();
  await after(0, { end: 10, committed: 10 });
  expect(await after(10, { end: 30 })).toMatchObject({ lag: 20, age: 10, still: 10 });
  expect(await after(50, { end: 60, members: 0 })).toEqual({ lag: 50, age: 60, still: 60, members: 0 });
  expect(at.reads).toBe(0);
});

test('a group that moves is behind, and does not stand still', async () => {
  const { after } = observing();
  await after(0, { end: 0, committed: 0 });
  await after(10, { end: 100, committed: 0 });
  expect(await after(10, { end: 200, committed: 50 })).toMatchObject({ lag: 150, age: 15, still: 0 });
});

test('the age of records from before the first look is read once from the topic', async () => {
  const { after, at } = observing();
  expect(await after(0, { end: 10, committed: 4 })).toMatchObject({ lag: 6, age: 100 });
  expect(await after(5, {})).toMatchObject({ age: 105 });
  expect(at.reads).toBe(1);
  await after(5, { committed: 5 });
  expect(at.reads).toBe(2);
});

test('a group without a position has all records of the topic before it', async () => {
  const { after } = observing();
  expect(await after(0, { end: 10, committed: -1, members: 0 })).toMatchObject({ lag: 10, members: 0 });
});
