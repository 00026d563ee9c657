import { afterAll, expect, test } from '@jest/globals';
import { topicName } from '../../src/topics.ts';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { runThunderline } from '../support/thunderline.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

const thunderline = (...args: readonly string[]): Promise<string> => runThunderline(world.environment, ...args);

test('deadletters prints hostile keys, headers and messages as one harmless line each', async () => {
  const letter = {
    topic: topicName(world.topicPrefix, 'ml.events'),
    partition: 0,
    offset: 7,
    timestamp: 1_760_000_000_000,
    key: Buffer.from('run\u009b2J'),
    value: Buffer.from('not avro'),
    headers: [{ key: 'x\u001b[31m', value: Buffer.from('a\nid          9:9\u202e') }],
    stage: 'router',
    reason: 'undecodable',
    message: 'RunMetric: \u009b31m\u2066hidden\u2069\r\u001b]0;title\u0007',
    failed_at: 1_760_000_000_001,
    bytes_omitted: false,
    replays: 0,
  };
  const topic = topicName(world.topicPrefix, 'ml.deadletters');
  await world.send(topic, { key: 'k', value: world.codec.encode('ml.deadletters', 'DeadLetter', letter) });

  const list = await thunderline('deadletters', 'list');
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
