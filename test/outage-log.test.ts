import { expect, test } from '@jest/globals';
import type { Log } from '../src/log.ts';
import { OutageLog } from '../src/outage-log.ts';

function logging() {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = { warn: at('warn'), info: at('info'), debug: at('debug') } as unknown as Log;
  const clock = { now: 1_000_000 };
  return { lines, clock, outages: new OutageLog(log, () => clock.now) };
}

test('an outage is the first failure, one line a minute, and the recovery', () => {
  const { lines, clock, outages } = logging();
  for (let second = 0; second < 150; second += 1) {
    outages.failed('kafka', { attempt: second }, 'Kafka is unavailable');
    clock.now += 1_000;
  }
  outages.recovered('kafka', { broker: 'a:1' }, 'Kafka is back');
  expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([
    'warn Kafka is unavailable {"attempt":0}',
    'warn Kafka is unavailable {"attempt":60,"failures":61,"forSeconds":60}',
    'warn Kafka is unavailable {"attempt":120,"failures":121,"forSeconds":120}',
    'info Kafka is back {"broker":"a:1","failures":150,"forSeconds":150}',
  ]);
  expect(lines).toHaveLength(151);
});

test('each key has an outage of its own, and a new outage is logged at once', () => {
  const { lines, outages } = logging();
  outages.recovered('a', {}, 'a is back');
  outages.failed('a', {}, 'a is unavailable');
  outages.failed('b', {}, 'b is unavailable');
  outages.recovered('a', {}, 'a is back');
  outages.failed('a', {}, 'a is unavailable');
  outages.forget('b');
  outages.recovered('b', {}, 'b is back');
  expect(lines.map((line) => line.split(' {')[0])).toEqual([
    'warn a is unavailable',
    'warn b is unavailable',
    'info a is back',
    'warn a is unavailable',
  ]);
});

test('the number of remembered outages is bounded', () => {
  const { outages } = logging();
  for (let index = 0; index < 1_500; index += 1) outages.failed(`key ${index}`, {}, 'away');
  expect([outages.has('key 0'), outages.has('key 499'), outages.has('key 500'), outages.has('key 1499')]).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
