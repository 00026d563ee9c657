import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeProduce, type ProducedMessage } from '../../../src/kafka/wire/produce-request.ts';

const require = createRequire(import.meta.url);
/** Version 3, which the replaced version 7 equals but for its number. */
const kafkajsRequest = require('kafkajs/src/protocol/requests/produce/v3/request') as (data: object) => {
  encode(): Promise<{ readonly buffer: Buffer }>;
};

/** kafkajs takes the time from the clock; with a timestamp on each message both have the same. */
const theirs = async (data: object): Promise<Buffer> => (await kafkajsRequest(data).encode()).buffer;

const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ minLength: 60, maxLength: 70 }),
  fc.string({ unit: 'binary-ascii', minLength: 100, maxLength: 300 }),
);
const bytes: fc.Arbitrary<Buffer> = fc.nat(9_000).map((length) => Buffer.alloc(length, length));
const value: fc.Arbitrary<Buffer | string> = fc.oneof(text, bytes);
const message: fc.Arbitrary<ProducedMessage> = fc.record({
  key: fc.option(value, { nil: null }),
  value: fc.option(value, { nil: null }),
  timestamp: fc.constant('1795278622934'),
  headers: fc.dictionary(text, fc.oneof(value, fc.array(value, { maxLength: 3 }))),
});
const request = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ minLength: 1, maxLength: 30 }),
      partitions: fc.array(
        fc.record({ partition: fc.nat(100), messages: fc.array(message, { minLength: 1, maxLength: 5 }) }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

describe('a produce request', () => {
  test('has the bytes kafkajs would have sent', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (data) => {
        expect(encodeProduce(data, 0).equals(await theirs(data))).toBe(true);
      }),
    );
  });

  test('has the bytes kafkajs would have sent for a thousand records, each with a time of its own', async () => {
    const messages = Array.from({ length: 1_000 }, (_, index) => ({
      key: `run/${index}`,
      value: Buffer.alloc(index, index),
      timestamp: String(1_795_278_622_934 + index * index),
      headers: { 'event-id': 'a', event: 'ml.run.metric' },
    }));
    const data = { acks: -1, timeout: 1_000, topicData: [{ topic: 't', partitions: [{ partition: 1, messages }] }] };
    expect(encodeProduce(data, 0).equals(await theirs(data))).toBe(true);
  });

  test('takes the time of a message that has none from its argument', () => {
    const data = (timestamp?: string) => {
      const messages = [{ key: 'k', value: 'v', ...(timestamp !== undefined && { timestamp }) }];
      return { acks: -1, timeout: 1, topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }] };
    };
    expect(encodeProduce(data(), 1_795_278_622_934)).toEqual(encodeProduce(data('1795278622934'), 0));
  });
});
