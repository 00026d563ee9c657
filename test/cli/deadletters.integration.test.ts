import { afterAll, expect, test } from '@jest/globals';
import { topicName } from '../../src/topics.ts';
import { createRuntimeWorld } from '../runtime/world.ts';
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
