import { expect, test } from '@jest/globals';
import {
  assertWindow,
  consumer,
  errorCode,
  index,
  numberFrom,
  time,
  topic,
  wholeNumberFrom,
} from '../../src/cli/arguments.ts';

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

test.each([
  ['a consumer', consumer, 'archive', /^expected one of router, postgres, archive/],
  ['an error code', errorCode, 'undecodable', /^expected a code of docs\/errors\.md/],
])('refuses the name of %s that does not exist', (_, read, known, message) => {
  expect(read(known)).toBe(known);
  for (const unknown of ['nope', 'gateway', 'toString', '']) expect(() => read(unknown)).toThrow(message);
});

test.each([
  [undefined, undefined],
  [5, undefined],
  [undefined, 5],
  [5, 6],
])('accepts a window from %p to %p', (since, until) => {
  expect(() => assertWindow({ since, until })).not.toThrow();
});

test.each([
  [6, 5],
  [5, 5],
])('refuses a window from %p to %p, which contains no time', (since, until) => {
  expect(() => assertWindow({ since, until })).toThrow(/^--since 1970-.*Z must be earlier than --until 1970-.*Z$/);
});

test.each([
  [
    'a whole number',
    wholeNumberFrom(-5, 5),
    ['-5', '0', '5'],
    ['-6', '6', '1.5', 'x', '', ' ', 'Infinity'],
    'a whole number from -5 to 5',
  ],
  ['a number', numberFrom(0, 1), ['0', '0.25', '1'], ['-0.1', '1.1', 'x', ''], 'a number from 0 to 1'],
  [
    'a number without an upper bound',
    numberFrom(0.1),
    ['0.1', '1e9'],
    ['0', 'NaN', 'Infinity', ''],
    'a number from 0.1',
  ],
  ['an index', index, ['0', '9007199254740991'], ['-1', '0.5', '9007199254740992', ''], 'a whole number from 0'],
])('reads %s within its bounds, and nothing else', (_, read, accepted, refused, expected) => {
  for (const text of accepted) expect(read(text)).toBe(Number(text));
  for (const text of refused) expect(() => read(text)).toThrow(new RegExp(`^expected ${expected}$`));
});
