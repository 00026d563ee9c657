import { afterAll, expect, test } from '@jest/globals';
import type { DeadLetter } from '../../../src/avro/records.ts';
import { loadConfig } from '../../../src/config.ts';
import { withConnections } from '../../../src/connections.ts';
import { createLog } from '../../../src/log.ts';
import {
  type LetterReplayOptions,
  type LetterReplayReport,
  replayLetters,
} from '../../../src/replay/dead-letters/replay-letters.ts';
import { SETTLES_HEADER } from '../../../src/replay/dead-letters/stored-letter.ts';
import { topicName } from '../../../src/topics.ts';
import { createRuntimeWorld } from '../../runtime/world.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());
const EVENTS = topicName(world.topicPrefix, 'ml.events');
const LETTERS = topicName(world.topicPrefix, 'ml.deadletters');
const config = loadConfig(world.environment);
const EVERY_LETTER: LetterReplayOptions = { filter: {}, limit: 1_000, maxReplays: 3, again: false, dryRun: false };

const replay = (options: Partial<LetterReplayOptions> = {}): Promise<LetterReplayReport> =>
  withConnections(config, createLog('silent'), { purpose: 'deadletters', registers: [] }, (connections) =>
    replayLetters(connections, { ...EVERY_LETTER, ...options }),
  );

const letterOf = (change: Partial<DeadLetter>): DeadLetter => ({
  topic: EVENTS,
  partition: 0,
  offset: 7,
  timestamp: 1_760_000_000_000,
  key: null,
  value: Buffer.from('garbage'),
  headers: [],
  stage: 'router',
  reason: 'undecodable',
  message: 'broken',
  failed_at: 1_760_000_000_001,
  replays: 0,
  ...change,
});

const sendLetters = (letters: readonly DeadLetter[]): Promise<void> =>
  world.send(
    LETTERS,
    ...letters.map((letter) => ({
      key: letter.key,
      value: world.codec.encode('ml.deadletters', 'DeadLetter', letter),
    })),
  );

/** The values in `ml.events` that start with some text, in the order of their text. */
const replayed = async (start: string): Promise<string[]> =>
  (await world.read(EVENTS))
    .map(({ value }) => String(value))
    .filter((value) => value.startsWith(start))
    .sort();

test('sends each letter once, whatever its key, however often it runs', async () => {
  const keys = [Buffer.from('onekey'), null, null, null, null];
  await sendLetters(keys.map((key, offset) => letterOf({ key, offset, value: Buffer.from(`once ${offset}`) })));
  const first = await replay();
  expect({ replayed: first.replayed.length, left: first.left.size }).toEqual({ replayed: 5, left: 0 });
  for (let run = 2; run <= 3; run += 1) {
    const { replayed: again, left } = await replay();
    expect(again).toEqual([]);
    expect([...left.values()]).toEqual(Array.from({ length: 5 }, () => 'was replayed already (--again)'));
  }
  expect(await replayed('once')).toEqual(['once 0', 'once 1', 'once 2', 'once 3', 'once 4']);
  expect((await replay({ again: true })).replayed).toHaveLength(5);
  expect(await replayed('once')).toHaveLength(10);
}, 60_000);

test('settles each letter in the partition of the letter, so that retention deletes the letter first', async () => {
  await sendLetters([0, 1, 2].map((offset) => letterOf({ offset, value: Buffer.from(`settled ${offset}`) })));
  await replay();
  const settlements = (await world.read(LETTERS)).filter(({ headers }) => headers[SETTLES_HEADER] !== undefined);
  expect(settlements.length).toBeGreaterThanOrEqual(3);
  for (const { partition, headers } of settlements)
    expect(String(headers[SETTLES_HEADER])).toMatch(new RegExp(`^${partition}:`));
}, 60_000);
