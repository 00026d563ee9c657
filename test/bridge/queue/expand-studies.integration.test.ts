import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { TrialCommand } from '../../../src/avro/records.ts';
import { announceTrials, expandStudies } from '../../../src/bridge/queue/expand-studies.ts';
import { createQueueWorld, type QueueWorld, startRun } from './queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const DAY_MS = 86_400_000;
const MEBIBYTE = 1_048_576;

/** Expands and announces every study. Returns the trials that were queued and announced in each step. */
async function steps() {
  const queued: number[] = [];
  const announced: (readonly TrialCommand[])[] = [];
  const count = async () =>
    (await world.query<{ n: number }>('select count(*)::int as n from bridge_trials'))[0]?.n ?? 0;
  for (let before = 0; await expandStudies(world.pool, DAY_MS); before = await count()) {
    queued.push((await count()) - before);
  }
  const commands = { send: async (sent: readonly TrialCommand[]) => void announced.push(sent) };
  while (await announceTrials(world.pool, commands, () => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'));
  return { queued, announced };
}

test('trials are queued and announced a thousand at a time', async () => {
  await world.command(startRun('s', 2_500));
  const { queued, announced } = await steps();
  expect(queued).toEqual([1_000, 1_000, 500]);
  expect(announced.map((sent) => sent.length)).toEqual([1_000, 1_000, 500]);
  expect(new Set(announced.flat().map(({ command_id }) => command_id)).size).toBe(2_500);
});

test('a step of a study with a large payload has fewer trials, so that it takes no more memory', async () => {
  const payload = JSON.stringify({ text: 'x'.repeat(MEBIBYTE / 2 - 11) });
  await world.command(startRun('s', 20, { payload }), startRun('t', 1));
  const { queued, announced } = await steps();
  expect(queued).toEqual([8, 8, 4, 1]);
  expect(announced.map((sent) => sent.length)).toEqual([8, 8, 4, 1]);
  expect(await world.query(`select count(*)::int as n from bridge_trials where payload = $1`, payload)).toEqual([
    { n: 20 },
  ]);
});
