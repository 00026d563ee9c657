import { expect, test } from '@jest/globals';
import { decodeTopicIds, encodeTopicIdRequest } from '../../../src/kafka/wire/topic-id-request.ts';

const hex = (...parts: readonly string[]): Buffer => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
const text = (value: string): string =>
  `${(value.length + 1).toString(16).padStart(2, '0')}${Buffer.from(value).toString('hex')}`;

const ONE = '5d09fc1431f54e07b95e7a8398bbaf8a';
const NONE = '00'.repeat(16);

test('a request names topics, creates none and asks for no authorized operations', () => {
  expect(encodeTopicIdRequest(['ml.events'])).toEqual(hex('00', '02', NONE, text('ml.events'), '00', '00 00 00', '00'));
});

test('a name of 200 characters has a length of two bytes', () => {
  const request = encodeTopicIdRequest(['x'.repeat(200)]);
  expect(request.subarray(18, 20)).toEqual(hex('c9 01'));
  expect(request).toHaveLength(18 + 2 + 200 + 1 + 3 + 1);
});

const BROKER = ['00000001', text('localhost'), '00002384', text('rack'), '00'];
const PARTITION = ['0000 00000000 00000001 00000000', '02 00000001', '02 00000001', '01', '00'];
const topic = (error: string, name: string, id: string): string =>
  [error, text(name), id, '00', '03', ...PARTITION, ...PARTITION, '80000000', '00'].join('');
const response = (...topics: readonly string[]): Buffer =>
  hex(
    '00 00000000',
    '02',
    ...BROKER,
    text('cluster'),
    '00000001',
    `0${topics.length + 1}`,
    ...topics,
    '80000000',
    '00',
  );

test('a response has the id of each topic that exists and has one, as the tools of Kafka write it', () => {
  const ids = decodeTopicIds(
    response(topic('0000', 'ml.events', ONE), topic('0003', 'ml.absent', ONE), topic('0000', 'ml.old', NONE)),
  );
  expect([...ids]).toEqual([['ml.events', 'XQn8FDH1Tge5XnqDmLuvig']]);
});

test('tagged fields of a later protocol are skipped', () => {
  const tagged = response(topic('0000', 'ml.events', ONE)).subarray(1);
  expect([...decodeTopicIds(Buffer.concat([hex('01 07 02 abcd'), tagged]))]).toHaveLength(1);
});

test('a response that is cut short is an error, wherever it is cut', () => {
  const whole = response(topic('0000', 'ml.events', ONE));
  // The last five bytes are not read: they contain no id.
  for (let length = 0; length < whole.length - 5; length += 1) {
    expect(() => decodeTopicIds(whole.subarray(0, length))).toThrow('cut short');
  }
});
