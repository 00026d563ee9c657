import { afterAll, expect, test } from '@jest/globals';
import { topicName } from '../../src/topics.ts';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { runThunderline } from '../support/thunderline.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

const thunderline = (...args: readonly string[]): Promise<string> => runThunderline(world.environment, ...args);

const LETTER = {
  topic: topicName(world.topicPrefix, 'ml.events'),
  partition: 0,
  offset: 7,
  timestamp: 1_760_000_000_000,
  key: null,
  value: Buffer.from('not avro'),
  headers: [],
  stage: 'router',
  reason: 'undecodable',
  message: '',
  failed_at: 1_760_000_000_001,
  bytes_omitted: false,
  replays: 0,
};
const TOPIC = topicName(world.topicPrefix, 'ml.deadletters');
const encoded = (letter: Partial<typeof LETTER>) =>
  world.codec.encode('ml.deadletters', 'DeadLetter', { ...LETTER, ...letter });

test('deadletters list has the latest last, whatever partition they are in', async () => {
  const minutes = [3, 1, 4, 2, 5];
  for (const minute of minutes) {
    const failedAt = Date.UTC(2026, 0, 1, 0, minute);
    const value = encoded({ offset: minute, failed_at: failedAt, message: `minute ${minute}` });
    await world.send(TOPIC, { key: `k${minute}`, value });
  }
  const window = ['--since', '2026-01-01', '--until', '2026-01-02'];
  const minutesOf = (text: string) => [...text.matchAll(/minute (\d)/g)].map(([, minute]) => Number(minute));
  const all = await thunderline('deadletters', 'list', ...window);
  expect(minutesOf(all)).toEqual([1, 2, 3, 4, 5]);
  expect(all).toMatch(/\n5 dead letters, 0 replayed\n$/);
  const latest = await thunderline('deadletters', 'list', ...window, '--limit', '2');
  expect(minutesOf(latest)).toEqual([4, 5]);
  expect(latest).toMatch(/\n5 dead letters, 0 replayed, showing the latest 2\n$/);
});

test('deadletters prints hostile keys, headers and messages as one harmless line each', async () => {
  const letter = {
    ...LETTER,
    key: Buffer.from('run\u009b2J'),
    headers: [{ key: 'x\u001b[31m', value: Buffer.from('a\nid          9:9\u202e') }],
    message: 'RunMetric: \u009b31m\u2066hidden\u2069\r\u001b]0;title\u0007',
  };
  await world.send(TOPIC, { key: 'k', value: world.codec.encode('ml.deadletters', 'DeadLetter', letter) });

  const list = await thunderline('deadletters', 'list', '--until', '2025-12-31');
  const [id = ''] = list.split(' ');
  const shown = await thunderline('deadletters', 'show', id);
  for (const output of [list, shown]) {
    expect(output).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
    expect(output).toContain('RunMetric: \\u009b31m\\u2066hidden\\u2069\\r\\u001b]0;title\\u0007');
  }
  expect(shown).toContain('header      x\\u001b[31m: a\\nid          9:9\\u202e\n');
  expect(shown).toContain('key         "run\\u009b2J"\n');
});

test.each<[string, readonly string[], string]>([
  ['an unknown consumer', ['deadletters', 'list', '--stage', 'nope'], 'expected one of router, postgres, archive'],
  [
    'an id that no dead letter can have',
    ['deadletters', 'replay', '0:7', 'nope'],
    "error: command-argument value 'nope' is invalid for argument 'ids'. expected partition:offset",
  ],
  ['an unknown error code', ['deadletters', 'replay', '--reason', 'nope'], 'expected a code of docs/errors.md'],
  [
    'a window of letters that ends before it starts',
    ['deadletters', 'list', '--since', '2026-10-02', '--until', '2026-10-01'],
    '--since 2026-10-02T00:00:00.000Z must be earlier than --until 2026-10-01T00:00:00.000Z',
  ],
  [
    'a window of records that ends before it starts',
    ['replay', '--dry-run', '--since', '2026-10-02', '--until', '2026-10-01'],
    '--since 2026-10-02T00:00:00.000Z must be earlier than --until 2026-10-01T00:00:00.000Z',
  ],
])('%s is refused with a sentence', async (_, args, message) => {
  await expect(thunderline(...args)).rejects.toThrow(message);
});
