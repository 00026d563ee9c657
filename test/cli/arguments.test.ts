import { expect, test } from '@jest/globals';
import { time, topic } from '../../src/cli/arguments.ts';

test.each([
  ['2026-11-26T00:00:00Z', 1_795_651_200_000],
  ['1795651200000', 1_795_651_200_000],
  ['0', 0],
])('reads the time %s', (text, epochMs) => {
  expect(time(text)).toBe(epochMs);
});

test.each(['1795651200', '2024', 'yesterday', ''])('refuses the time %j', (text) => {
  expect(() => time(text)).toThrow('expected');
});

test('refuses a topic that does not exist, and names those that do', () => {
  expect(topic('ml.events')).toBe('ml.events');
  expect(() => topic('ml.event')).toThrow('ml.events, ml.events.high');
});
