import { afterAll, describe, expect, test } from '@jest/globals';
import type { DeadLetter } from '../../../src/avro/records.ts';
import { loadConfig } from '../../../src/config.ts';
import { withConnections } from '../../../src/connections.ts';
import { createLog } from '../../../src/log.ts';
import {
  type LetterReplayOptions,
  type LetterReplayReport,
  replayLetters,
} from '../../../src/replay/dead-letters/replay-letters.ts';
import { SETTLES_HEADER } from '../../../src/runtime/dead-letters.ts';
import { topicName } from '../../../src/topics.ts';
import { compressedBatch } from '../../kafka/wire/batch.ts';
import { createRuntimeWorld } from '../../runtime/runtime-world.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());
const EVENTS = topicName(world.topicPrefix, 'ml.events');
const LETTERS = topicName(world.topicPrefix, 'ml.deadletters');
const config = loadConfig(world.environment);
const REPLAYED = 'was replayed already (--again)';
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
  bytes_omitted: false,
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
    expect([...left.values()]).toEqual(Array.from({ length: 5 }, () => REPLAYED));
  }
  expect(await replayed('once')).toEqual(['once 0', 'once 1', 'once 2', 'once 3', 'once 4']);
  expect((await replay({ again: true })).replayed).toHaveLength(5);
  expect(await replayed('once')).toHaveLength(10);
});

test('settles each letter in the partition of the letter, so that retention deletes the letter first', async () => {
  await sendLetters([0, 1, 2].map((offset) => letterOf({ offset, value: Buffer.from(`settled ${offset}`) })));
  await replay();
  const settlements = (await world.read(LETTERS)).filter(({ headers }) => headers[SETTLES_HEADER] !== undefined);
  expect(settlements.length).toBeGreaterThanOrEqual(3);
  for (const { partition, headers } of settlements)
    expect(String(headers[SETTLES_HEADER])).toMatch(new RegExp(`^${partition}:`));
});

describe('a batch that two groups skipped', () => {
  const messages = [0, 1, 2].map((index) => ({ key: `k${index}`, value: `batch ${index}` }));
  const skipped = { value: compressedBatch('gzip', messages, 40n), reason: 'unreadable_batch', offset: 40 };
  const expected = ['batch 0', 'batch 1', 'batch 2'];
  const filter = { reason: 'unreadable_batch' };

  test('is replayed once', async () => {
    await sendLetters([letterOf(skipped), letterOf({ ...skipped, stage: 'archive' })]);
    const { replayed: sent, left } = await replay({ filter });
    expect(sent).toHaveLength(1);
    expect([...left.values()]).toEqual([`is about the same record as ${sent[0]}`]);
    expect(await replayed('batch')).toEqual(expected);
    expect([...(await replay({ filter })).left.values()]).toEqual([REPLAYED, REPLAYED]);
  });

  test('is not replayed again as the letter of a group that skips it after the replay', async () => {
    await sendLetters([letterOf({ ...skipped, stage: 'late' })]);
    const { replayed: sent, left } = await replay({ filter: { stage: 'late' } });
    expect(sent).toEqual([]);
    expect([...left.values()].join()).toMatch(/^its record was replayed already, as \d:\d+ \(--again\)$/);
    expect(await replayed('batch')).toEqual(expected);
  });

  test('is replayed once more with --again', async () => {
    expect((await replay({ filter, again: true })).replayed).toHaveLength(1);
    expect(await replayed('batch')).toHaveLength(6);
  });
});

test('sends records at one position of a topic and of its successor, which was created again', async () => {
  const at = (timestamp: number) => letterOf({ offset: 80, timestamp, value: Buffer.from(`successor ${timestamp}`) });
  await sendLetters([at(1), at(2)]);
  expect((await replay()).replayed).toHaveLength(2);
  expect(await replayed('successor')).toEqual(['successor 1', 'successor 2']);
});
