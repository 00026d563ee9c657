import { afterAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { metric } from '../runtime/work.ts';
import { eventually } from '../support/eventually.ts';

const world = await createRuntimeWorld();
const { topicPrefix, codec } = world;
const topic = `${topicPrefix}ml.events`;
afterAll(() => world.close());

test('the router dead-letters events of other producers that break the rules of the gateway, and routes the rest', async () => {
  const good = metric(1);
  const bad = [
    { ...metric(2), step: -5 },
    { ...metric(3), timestamp: 253_402_300_800_000 },
    { ...metric(4), event_id: 'trial-7' },
  ];
  const serving = await serve(loadConfig(world.environment), [router], createLog('silent'));
  try {
    const encode = (event: typeof good) => ({ key: 'r/t', value: codec.encode('ml.events', 'RunMetric', event) });
    await world.send(topic, ...[...bad, good].map(encode));
    await eventually(async () => (await world.letters(topic)).length === 3);
    await eventually(async () => (await world.read(`${topicPrefix}ml.events.realtime`)).length > 0);
    const routed = await world.read(`${topicPrefix}ml.events.realtime`);
    expect(await Promise.all(routed.map(({ value }) => codec.decode(value)))).toMatchObject([{ record: { step: 1 } }]);
  } finally {
    await serving.stop();
  }
  const letters = await world.letters(topic);
  expect(letters.map(({ reason, message }) => [reason, message.split(',')[0]])).toEqual([
    ['invalid_event', 'step must be an integer from 0 to 9007199254740990'],
    ['invalid_event', expect.stringContaining('timestamp must be in the years 1 to 9999')],
    ['invalid_event', 'event_id must be a UUID (RFC 9562)'],
  ]);
});
