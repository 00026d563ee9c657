import { expect, test } from '@jest/globals';
import { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSProtocolError } from 'kafkajs';
import { loadConfig } from '../../../src/config.ts';
import { describeKafkaError } from '../../../src/kafka/connection/describe-kafka-error.ts';

const SETTINGS = { ...loadConfig({}).kafka, brokers: ['a:9092', 'b:9092'] };
const lost = new KafkaJSConnectionError('Connection error: read ECONNRESET');
const refused = new KafkaJSProtocolError(Object.assign(new Error('Not authorized'), { type: 'X', code: 29 }));
const absent = new KafkaJSProtocolError(
  Object.assign(new Error('No such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION', code: 3 }),
);
const wrapped = (cause: Error) => Object.assign(new KafkaJSNonRetriableError(cause.message), { cause });

test.each([
  ['a lost connection', lost, 'Kafka does not answer at a:9092, b:9092: Connection error: read ECONNRESET'],
  [
    'the last of several attempts',
    wrapped(lost),
    'Kafka does not answer at a:9092, b:9092: Connection error: read ECONNRESET',
  ],
  ['an error that the broker sent', wrapped(refused), 'Kafka at a:9092, b:9092 answers: Not authorized'],
  [
    'a missing topic',
    absent,
    'Kafka at a:9092, b:9092 answers: No such topic; "thunderline topics --apply" creates missing topics',
  ],
  ['an error of this program', new TypeError('x is undefined'), undefined],
  ['something that is no error', 'text', undefined],
])('%s is described in one sentence, unless Kafka has no part in it', (_, error, message) => {
  expect(describeKafkaError(error, SETTINGS)?.message).toBe(message);
});
