import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FetchedMessage } from '../../../src/kafka/wire/fetched-message.ts';
import type { ProducedMessage } from '../../../src/kafka/wire/produce-request.ts';
import { readBatches } from '../../../src/kafka/wire/read-batches.ts';
import { UnreadableMessage } from '../../../src/kafka/wire/unreadable-message.ts';
import { CODECS, type CodecName, compressedBatch, plainBatch, withContent } from './batch.ts';

const MAX_BYTES = 1_048_576;
const NAMES = Object.keys(CODECS) as CodecName[];

const messages = (count: number, value = 'some value'): ProducedMessage[] =>
  Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value, headers: { name: Buffer.from('h') } }));

const offsets = async (bytes: Buffer, maxBytes = MAX_BYTES): Promise<string[]> =>
  (await readBatches(bytes, maxBytes)).map((message) =>
    message instanceof UnreadableMessage ? `unreadable up to ${message.offset}` : message.offset,
  );

const reasonOf = async (bytes: Buffer, maxBytes = MAX_BYTES): Promise<string | undefined> => {
  const last = (await readBatches(bytes, maxBytes)).at(-1);
  return last instanceof UnreadableMessage ? `${last.batch.codec}: ${last.batch.reason}` : undefined;
};

describe.each(NAMES)('a batch compressed with %s', (codec) => {
  test('contains the records it was made of', async () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 2_000 }).map(Buffer.from), { nil: null });
    const message = fc.record({ key: bytes, value: bytes }) as fc.Arbitrary<ProducedMessage>;
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (list) => {
        const read = (await readBatches(compressedBatch(codec, list, 40n), MAX_BYTES)) as FetchedMessage[];
        expect(read.map(({ offset, key, value }) => ({ offset, key, value }))).toEqual(
          list.map(({ key, value }, index) => ({ offset: String(40 + index), key, value })),
        );
      }),
    );
  });

  test('is unreadable when it unpacks to more than the limit', async () => {
    const bomb = compressedBatch(codec, [{ key: null, value: Buffer.alloc(2 * MAX_BYTES) }], 3n);
    expect(bomb.length).toBeLessThan(MAX_BYTES / 4);
    expect(await reasonOf(bomb)).toBe(`${codec}: its records need more memory than KAFKA_MAX_BATCH_BYTES allows`);
    expect(await offsets(bomb, 3 * MAX_BYTES)).toEqual(['3']);
  });

  test('is unreadable when its number of records alone exceeds the limit', async () => {
    const many = compressedBatch(codec, messages(100, ''));
    expect(await reasonOf(many, 20_000)).toMatch(/more memory than KAFKA_MAX_BATCH_BYTES allows$/);
    expect(await offsets(many, 40_000)).toHaveLength(100);
  });

  test('is unreadable when its content is damaged, and nothing else happens', async () => {
    const whole = compressedBatch(codec, messages(50));
    const content = whole.subarray(61);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(content);
        damaged[at] = (damaged[at] as number) ^ change;
        const read = await readBatches(withContent(plainBatch(messages(50)), CODECS[codec].number, damaged), MAX_BYTES);
        // Some bytes do not matter, such as a checksum that is not verified.
        const { length } = read.filter((message) => !(message instanceof UnreadableMessage));
        expect([0, 50]).toContain(length);
      }),
    );
  });

  test('is unreadable when its content is cut off', async () => {
    const content = compressedBatch(codec, messages(50)).subarray(61, -9);
    expect(await reasonOf(withContent(plainBatch(messages(50)), CODECS[codec].number, content))).toBeDefined();
  });
});

test('an unknown codec is unreadable', async () => {
  const plain = plainBatch(messages(2));
  expect(await reasonOf(withContent(plain, 6, plain.subarray(61)))).toBe(
    'codec 6: this version does not have the codec',
  );
});

test('an unreadable batch has the timestamp of its first record unless its header may be damaged', async () => {
  const plain = plainBatch(messages(2));
  const firstTimestampOf = async (bytes: Buffer): Promise<number | undefined> =>
    ((await readBatches(bytes, MAX_BYTES)).at(-1) as UnreadableMessage).batch.firstTimestamp;
  const unknown = withContent(plain, 6, plain.subarray(61));
  expect(await firstTimestampOf(unknown)).toBe(Number(plain.readBigInt64BE(27)));
  unknown[30] = (unknown[30] as number) ^ 1;
  expect(await firstTimestampOf(unknown)).toBeUndefined();
  const endless = Buffer.from(plain);
  endless.writeInt32BE(1_000_000, 8);
  expect(await firstTimestampOf(endless)).toBeUndefined();
});

test('the batches before an unreadable one are read, and none after it', async () => {
  const damaged = plainBatch(messages(3), 2n);
  damaged[100] = (damaged[100] as number) ^ 1;
  const fetched = Buffer.concat([plainBatch(messages(2), 0n), damaged, plainBatch(messages(1), 5n)]);
  expect(await offsets(fetched)).toEqual(['0', '1', 'unreadable up to 4']);
  const unreadable = (await readBatches(fetched, MAX_BYTES)).at(-1) as UnreadableMessage;
  expect(unreadable.batch).toMatchObject({ firstOffset: '2', lastOffset: '4', codec: 'none', bytes: damaged });
  expect(unreadable.batch.reason).toBe('its checksum does not match its bytes');
});

test('a batch that the fetch cut off is left to the next fetch', async () => {
  const fetched = Buffer.concat([plainBatch(messages(2), 0n), plainBatch(messages(2), 2n)]);
  expect(await offsets(fetched.subarray(0, -1))).toEqual(['0', '1']);
  expect(await offsets(fetched.subarray(0, plainBatch(messages(2)).length + 30))).toEqual(['0', '1']);
});

test('a first batch with an impossible length is unreadable', async () => {
  for (const length of [0, 10, 1_000_000, -1]) {
    const batch = plainBatch(messages(2), 9n);
    batch.writeInt32BE(length, 8);
    expect(await reasonOf(batch)).toBe('none: its length is impossible');
  }
});

test('compressed batches are unpacked a bounded number at a time', async () => {
  const large = (offset: bigint) => compressedBatch('zstd', [{ key: null, value: Buffer.alloc(3_000_000) }], offset);
  const fetched = Buffer.concat([large(0n), large(1n), large(2n), large(3n), large(4n)]);
  expect(await offsets(fetched, 4_000_000)).toEqual(['0', '1', '2']);
});
