import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchPositions } from '../../src/kafka/admin/position.ts';
import { selectionName } from '../../src/replay/selection.ts';
import { groupId } from '../../src/topics.ts';
import { commitLate } from '../kafka/commit-late.ts';
import type { Content } from '../sinks/postgres/tables.ts';
import { eventually } from '../support/eventually.ts';
import { createReplayWorld, told } from './replay-world.ts';

const world = await createReplayWorld();
const { tables } = world;
const FIRST = 250;
/** A time between the first records and the others. */
let middle: number;
let content: Content;

beforeAll(async () => {
  await world.tell(told().slice(0, FIRST));
  middle = Date.now() + 1;
  await eventually(async () => Date.now() > middle);
  await world.tell(told().slice(FIRST));
  await world.settle();
  content = await tables.content();
});
afterAll(() => world.close());

const SOURCES = [
  ['the topics', {}],
  ['the archive', { archive: world.archive }],
] as const;

describe.each(SOURCES)('a replay from %s', (_, source) => {
  test('restores emptied tables to the same content', async () => {
    await tables.empty();
    const { finished, records, tally } = await world.replay(source);
    expect({ finished, records }).toEqual({ finished: true, records: 700 });
    expect([...tally.rejected.values()].reduce((sum, count) => sum + count, 0)).toBe(0);
    expect(await tables.content()).toEqual(content);
  });

  test('leaves complete tables unchanged', async () => {
    await world.replay(source);
    expect(await tables.content()).toEqual(content);
  });

  test('counts records and writes nothing in a dry run', async () => {
    await tables.empty();
    const { records, tally } = await world.replay({ ...source, dryRun: true });
    expect(records).toBe(700);
    expect(tally.taken.get('TrialCommand')).toBe(100);
    expect([...tally.taken.values()].reduce((sum, count) => sum + count, 0)).toBe(700);
    expect(Object.values(await tables.content()).flat()).toEqual([]);
  });

  test('restores one run alone', async () => {
    await tables.empty();
    const { tally } = await world.replay({ ...source, run: 'run-a' });
    expect(tally.leftOut).toBeGreaterThan(0);
    const ofRun = (rows: readonly string[] | undefined) => rows?.filter((row) => /[(,]run-a[,)]/.test(row));
    const replayed = await tables.content();
    for (const table of ['model_runs', 'cerebros_model_trials'] as const) {
      expect(replayed[table]).toEqual(ofRun(content[table]));
    }
  });

  test('reads the records before a time, and those from it on', async () => {
    const count = async (bounds: { since?: number; until?: number }) => {
      const { tally } = await world.replay({ ...source, ...bounds, dryRun: true });
      return [...tally.taken.values()].reduce((sum, taken) => sum + taken, 0);
    };
    expect(await count({ until: middle })).toBe(FIRST);
    expect(await count({ since: middle })).toBe(700 - FIRST);
    expect(await count({ since: middle, until: middle })).toBe(0);
  });
});

test('a replay has a group of its own, which is deleted when it is complete', async () => {
  const group = groupId(world.topicPrefix, 'postgres', 'ml.commands');
  const committed = () => fetchPositions(world.admin, group, `${world.topicPrefix}ml.commands`);
  const before = await committed();
  await world.replay({});
  expect(await committed()).toEqual(before);
  const { groups } = await world.admin.listGroups();
  expect(groups.filter(({ groupId: id }) => id.startsWith(world.topicPrefix) && id.includes('replay'))).toEqual([]);
});

test('a replay that is stopped before it reads keeps its place, and the next one continues', async () => {
  const stopped = await world.replay({ signal: AbortSignal.abort() });
  expect(stopped).toMatchObject({ finished: false });
  expect(stopped.tally.taken.size).toBe(0);
  expect(await world.replay({})).toMatchObject({ finished: true, records: 700 });
});

test.each([
  ['in a deleted topic is not resumed', 'topic=XQn8FDH1Tge5XnqDmLuvig', 0],
  ['by an earlier version, without a topic id, is resumed', '', 1],
])('the position of a replay %s', async (_, metadata, resumed) => {
  const selection = {
    source: 'topics',
    topics: ['ml.events', 'ml.commands'],
    sinks: ['postgres'],
    since: undefined,
    until: undefined,
    run: undefined,
  } as const;
  const group = `${world.topicPrefix}thunderline.replay.${selectionName(selection)}`;
  await commitLate(world.kafka, group, `${world.topicPrefix}ml.events`, '1', metadata);
  const { records } = await world.replay({});
  expect(records).toBe(700 - resumed);
});

test('a replay does not exceed its rate', async () => {
  const { seconds, records } = await world.replay({ rate: 500, dryRun: true });
  // The first chunk does not wait.
  expect(records).toBe(700);
  expect(seconds).toBeGreaterThan(0.3);
});
