import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FetchedMessage } from '../../../src/kafka/wire/fetched-message.ts';
import { encodeProduce, type ProducedMessage } from '../../../src/kafka/wire/produce-request.ts';
import { readRecordBatch } from '../../../src/kafka/wire/record-batch.ts';
import { resealed } from './batch.ts';

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
function batchOf(messages: readonly ProducedMessage[], firstOffset: bigint): Buffer {
  const partitions = [{ partition: 0, messages }];
  const request = encodeProduce({ acks: -1, timeout: 0, topicData: [{ topic: 't', partitions }] }, FIRST_TIME);
  const batch = request.subarray(BEFORE_BATCH);
  batch.writeBigInt64BE(firstOffset);
  return batch;
}

const theirs = async (bytes: Buffer): Promise<unknown> =>
  (await theirReader(new Decoder(bytes))).records.map(({ offset, timestamp, key, value, headers }) => ({
    offset,
    timestamp: Number(timestamp),
    key,
    value,
    headers,
  }));

const MAX_BYTES = 1_048_576;

const ours = async (bytes: Buffer): Promise<unknown> =>
  (await readRecordBatch(bytes, 0, MAX_BYTES)).map(({ offset, timestamp, key, value, headers }: FetchedMessage) => ({
    offset,
    timestamp,
    key,
    value,
    headers,
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
}) as fc.Arbitrary<ProducedMessage>;

describe('a fetched record batch', () => {
  test('is read as kafkajs reads it', async () => {
    const batch = fc.tuple(fc.array(message, { minLength: 1, maxLength: 8 }), fc.nat(2 ** 40), fc.boolean());
    await fc.assert(
      fc.asyncProperty(batch, async ([messages, firstOffset, appendTime]) => {
        const written = batchOf(messages, BigInt(firstOffset));
        if (appendTime) written.writeInt16BE(0x08, 21);
        resealed(written);
        expect(await ours(written)).toEqual(await theirs(written));
      }),
    );
  });

  test('has headers with the names that objects have', async () => {
    const headers = Object.fromEntries(['__proto__', 'constructor'].map((text) => [text, Buffer.from('x')]));
    const [read] = await readRecordBatch(batchOf([{ key: null, value: null, headers }], 0n), 0, MAX_BYTES);
    expect(Object.entries(read?.headers ?? {})).toEqual(Object.entries(headers));
  });

  test('is read at once although a record repeats one header two hundred thousand times', async () => {
    const headers = { x: Array<Buffer>(200_000).fill(Buffer.from('y')) };
    const [read] = await readRecordBatch(batchOf([{ key: null, value: null, headers }], 0n), 0, MAX_BYTES);
    expect(read?.headers.x).toHaveLength(200_000);
  });

  test('is read at its position after another batch', async () => {
    const first = batchOf([{ key: 'a', value: 'b' }], 7n);
    const second = batchOf([{ key: 'c', value: 'd' }], 8n);
    expect(await readRecordBatch(Buffer.concat([first, second]), first.length, MAX_BYTES)).toMatchObject([
      { offset: '8', key: Buffer.from('c'), value: Buffer.from('d') },
    ]);
  });

  test('has the transaction and the control flag that kafkajs filters by', async () => {
    const control = batchOf([{ key: 'a', value: 'b' }], 0n);
    control.writeInt16BE(0x30, 21);
    control.writeBigInt64BE(4_711n, 43);
    expect(await readRecordBatch(resealed(control), 0, MAX_BYTES)).toMatchObject([
      { isControlRecord: true, batchContext: { inTransaction: true, producerId: '4711' } },
    ]);
    const plain = batchOf([{ key: 'a', value: 'b' }], 0n);
    expect(await readRecordBatch(plain, 0, MAX_BYTES)).toMatchObject([
      { isControlRecord: false, batchContext: { inTransaction: false, producerId: '-1' } },
    ]);
  });

  test('is refused when a byte was changed', async () => {
    const whole = batchOf([{ key: 'a', value: 'some value' }], 0n);
    for (let at = 21; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      await expect(readRecordBatch(damaged, 0, MAX_BYTES)).rejects.toThrow('its checksum does not match its bytes');
    }
  });

  test('is refused when its records do not fit into it', async () => {
    const broken = batchOf([{ key: 'a', value: 'b' }], 0n);
    broken[61] = 0x7e;
    await expect(readRecordBatch(resealed(broken), 0, MAX_BYTES)).rejects.toThrow('a record ends after its batch');
  });
});
