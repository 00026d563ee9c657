import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeProduce, type Message } from '../../../src/kafka/wire/produce-request.ts';
import { type FetchedMessage, readRecordBatch } from '../../../src/kafka/wire/record-batch.ts';

const FIRST_TIME = 1_795_278_622_934;
const require = createRequire(import.meta.url);
interface TheirMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: object;
}
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const theirReader = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<{ readonly records: readonly TheirMessage[] }>;

/** Bytes of a produce request of one topic with a name of one letter before its batch. */
const BEFORE_BATCH = 27;

/** A batch as our producer writes it; the broker then sets the first offset. */
function batchOf(messages: readonly Message[], firstOffset: bigint): Buffer {
  const partitions = [{ partition: 0, messages }];
  const request = encodeProduce({ acks: -1, timeout: 0, topicData: [{ topic: 't', partitions }] }, FIRST_TIME);
  const batch = request.subarray(BEFORE_BATCH);
  batch.writeBigInt64BE(firstOffset);
  return batch;
}

const theirs = async (bytes: Buffer): Promise<unknown> =>
  (await theirReader(new Decoder(bytes))).records.map(({ offset, timestamp, key, value, headers }) => ({
    ...{ offset, timestamp: Number(timestamp), key, value, headers },
  }));

const ours = (bytes: Buffer): unknown =>
  readRecordBatch(bytes, 0)?.map(({ offset, timestamp, key, value, headers }: FetchedMessage) => ({
    ...{ offset, timestamp, key, value, headers },
  }));

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { nil: null },
);
// kafkajs takes a name that objects have, such as `constructor`, for one that stood before.
const name = fc
  .oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom('event', ''))
  .filter((text) => !(text in {}));
const message = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 }))),
  timestamp: fc
    .oneof(fc.nat(100), fc.integer({ min: -5_000_000_000, max: 5_000_000_000 }))
    .map((later) => String(FIRST_TIME + later)),
}) as fc.Arbitrary<Message>;

describe('a fetched record batch', () => {
  test('is read as kafkajs reads it', async () => {
    const batch = fc.tuple(fc.array(message, { minLength: 1, maxLength: 8 }), fc.nat(2 ** 40), fc.boolean());
    await fc.assert(
      fc.asyncProperty(batch, async ([messages, firstOffset, appendTime]) => {
        const written = batchOf(messages, BigInt(firstOffset));
        if (appendTime) written.writeInt16BE(0x08, 21);
        expect(ours(written)).toEqual(await theirs(written));
      }),
    );
  });

  test('has headers with the names that objects have', () => {
    const headers = Object.fromEntries(['__proto__', 'constructor'].map((text) => [text, Buffer.from('x')]));
    const [read] = readRecordBatch(batchOf([{ key: null, value: null, headers }], 0n), 0) ?? [];
    expect(Object.entries(read?.headers ?? {})).toEqual(Object.entries(headers));
  });

  test('is found behind another', () => {
    const first = batchOf([{ key: 'a', value: 'b' }], 7n);
    const second = batchOf([{ key: 'c', value: 'd' }], 8n);
    expect(readRecordBatch(Buffer.concat([first, second]), first.length)).toMatchObject([
      { offset: '8', key: Buffer.from('c'), value: Buffer.from('d') },
    ]);
  });

  test('is left to kafkajs when it is cut off, compressed, of a transaction, or of an older format', () => {
    const whole = batchOf([{ key: 'a', value: 'b' }], 0n);
    expect(readRecordBatch(whole.subarray(0, -1), 0)).toBeUndefined();
    expect(readRecordBatch(whole.subarray(0, 40), 0)).toBeUndefined();
    for (const flag of [0x01, 0x04, 0x10, 0x20]) {
      const flagged = Buffer.from(whole);
      flagged.writeInt16BE(flag, 21);
      expect(readRecordBatch(flagged, 0)).toBeUndefined();
    }
    const older = Buffer.from(whole);
    older[16] = 1;
    expect(readRecordBatch(older, 0)).toBeUndefined();
  });

  test('whose records do not fit into it is an error', () => {
    const whole = batchOf([{ key: 'a', value: 'b' }], 0n);
    const broken = Buffer.from(whole);
    broken[61] = 0x7e;
    expect(() => readRecordBatch(broken, 0)).toThrow('a record ends behind its batch');
  });
});
