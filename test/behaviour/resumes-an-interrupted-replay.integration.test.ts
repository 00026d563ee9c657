import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createReplayWorld, told } from '../replay/replay-world.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningCommand, startThunderline } from '../support/thunderline.ts';

const world = await createReplayWorld();
const { tables } = world;

beforeAll(async () => {
  await world.tell(told());
  await world.settle();
});
afterAll(() => world.close());

const start = (...options: readonly string[]): RunningCommand =>
  startThunderline(world.environment, ['replay', '--sink', 'postgres', ...options]);

async function rows(): Promise<number> {
  const [found] = await tables.query<{ rows: number }>('select count(*)::int as rows from cerebros_model_trials');
  return found?.rows ?? 0;
}

const { bucket, prefix } = world.archive;

describe.each([
  ['the topics', []],
  ['the archive', ['--archive', `s3://${bucket}/${prefix}`]],
])('killed while it reads %s', (_, source) => {
  test('is resumed where it stopped, and the tables are complete', async () => {
    await tables.empty();
    const killed = start(...source, '--rate', '30');
    await eventually(async () => (await rows()) > 0);
    // It notes how far it came behind what it wrote.
    await eventually(async () => (await rows()) > 5 && (await remembers()));
    killed.child.kill('SIGKILL');
    expect((await killed.ended).signal).toBe('SIGKILL');

    const { out, err } = await start(...source).ended;
    const done = Number(/done: (\d+) records/.exec(out)?.[1]);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(700);
    expect(err).toMatch(/100 %, 700 of 700 records/);
    const { differences } = await world.replay({ verify: true });
    expect(differences?.filter(({ count }) => count > 0)).toEqual([]);
    expect(await remembers()).toBe(false);
  });

  /** Whether an interrupted replay left a note of how far it came. */
  async function remembers(): Promise<boolean> {
    if (source.length > 0) return (await world.archived(`${prefix}/_replays/`)).length > 0;
    const { groups } = await world.admin.listGroups();
    const group = groups.find(({ groupId }) => groupId.startsWith(`${world.topicPrefix}thunderline.replay.`));
    if (group === undefined) return false;
    const [found] = await world.admin.fetchOffsets({
      groupId: group.groupId,
      topics: [`${world.topicPrefix}ml.events`],
    });
    return found?.partitions.some(({ offset }) => Number(offset) > 0) ?? false;
  }
});

test('a replay that is stopped prints how to resume it', async () => {
  await tables.empty();
  const stopped = start('--rate', '20');
  await eventually(async () => (await rows()) > 0);
  stopped.child.kill('SIGTERM');
  const { out, code } = await stopped.ended;
  expect(out).toContain('stopped: the same command resumes here');
  expect(code).toBe(130);
});

test('a replay with options that contradict each other is refused', async () => {
  const { err, code } = await start('--verify', '--since', '2026-01-01').ended;
  expect(err).toBe('thunderline: --verify needs every record of a row: leave out --since, --until and --dry-run\n');
  expect(code).toBe(1);
});
