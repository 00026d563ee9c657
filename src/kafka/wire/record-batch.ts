import { crc32c } from './crc32c.ts';
import { Cursor } from './cursor.ts';
import { FetchedMessage, type MessageBatch } from './fetched-message.ts';
import { isCompressed, unpack } from './unpack.ts';
import { UnpackLimit } from './unpack-limit.ts';

/** The header of a record batch of format 2 (Kafka protocol, "Record Batch"). */
export interface BatchHeader {
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** The position after the batch; it may lie after the last byte that was fetched. */
  readonly end: number;
  readonly attributes: number;
  /** The timestamp of the first record, epoch milliseconds. */
  readonly firstTimestamp: number;
  /** Epoch milliseconds. */
  readonly greatestTimestamp: number;
  readonly records: number;
}

/** Bytes of the header, and of the part of it that the length of a batch does not count. */
export const HEADER_BYTES = 61;
const PREFIX_BYTES = 12;
const CHECKED_FROM = 21;
const LOG_APPEND_TIME_FLAG = 0x08;
const TRANSACTION_FLAG = 0x10;
const CONTROL_FLAG = 0x20;
const NO_TRANSACTION: MessageBatch['context'] = { inTransaction: false, producerId: '-1' };
/** Bytes of memory that a record takes besides its content, roughly: a batch of empty records must be bounded, too. */
export const RECORD_OVERHEAD_BYTES = 200;

/** The header of the batch that starts at `start`, where {@link HEADER_BYTES} must have been fetched. */
export function readBatchHeader(bytes: Buffer, start: number): BatchHeader {
  const firstOffset = bytes.readBigInt64BE(start);
  return {
    firstOffset,
    lastOffset: firstOffset + BigInt(Math.max(0, bytes.readInt32BE(start + 23))),
    end: start + PREFIX_BYTES + bytes.readInt32BE(start + 8),
    attributes: bytes.readInt16BE(start + CHECKED_FROM),
    firstTimestamp: Number(bytes.readBigInt64BE(start + 27)),
    greatestTimestamp: Number(bytes.readBigInt64BE(start + 35)),
    records: bytes.readInt32BE(start + 57),
  };
}

/** Whether the checksum of the batch that starts at `start` and was fetched whole matches its bytes, header included. */
export const isIntact = (bytes: Buffer, start: number, { end }: BatchHeader): boolean =>
  (crc32c(bytes, start + CHECKED_FROM, end) | 0) === bytes.readInt32BE(start + 17);

/**
 * The messages of the batch that starts at `start` and was fetched whole. Throws when its bytes are damaged, when its codec
 * is unknown, or when it needs more than `maxBytes` of memory.
 */
export async function readRecordBatch(bytes: Buffer, start: number, maxBytes: number): Promise<FetchedMessage[]> {
  const header = readBatchHeader(bytes, start);
  const { end, attributes, records } = header;
  if (!isIntact(bytes, start, header)) throw new Error('its checksum does not match its bytes');
  // The size of the fetch bounds an uncompressed batch.
  if (!isCompressed(attributes))
    return readMessages(bytes, start, bytes.subarray(0, end), start + HEADER_BYTES, header);
  const overhead = records * RECORD_OVERHEAD_BYTES;
  new UnpackLimit(maxBytes).check(overhead + 1);
  const content = await unpack(attributes, bytes.subarray(start + HEADER_BYTES, end), maxBytes - overhead);
  return readMessages(bytes, start, content, 0, header);
}

/** @param content the bytes that contain the records, from `at` to their end. */
function readMessages(
  bytes: Buffer,
  start: number,
  content: Buffer,
  at: number,
  { firstOffset, attributes, firstTimestamp, greatestTimestamp, records }: BatchHeader,
): FetchedMessage[] {
  const first = Number(firstOffset);
  const appendTime = (attributes & LOG_APPEND_TIME_FLAG) === 0 ? undefined : greatestTimestamp;
  const inTransaction = (attributes & TRANSACTION_FLAG) !== 0;
  const isControl = (attributes & CONTROL_FLAG) !== 0;
  const context = inTransaction
    ? { inTransaction, producerId: String(bytes.readBigInt64BE(start + 43)) }
    : NO_TRANSACTION;
  const batch: MessageBatch = { content, context, isControl };
  const cursor = new Cursor(content, at);
  const messages: FetchedMessage[] = [];
  for (let left = records; left > 0; left -= 1) {
    const length = cursor.varint();
    const next = cursor.at + length;
    if (length <= 0 || next > content.length) throw new Error('a record ends after its batch');
    cursor.at += 1; // attributes, unused
    const time = firstTimestamp + cursor.varint();
    const offset = first + cursor.varint();
    messages.push(new FetchedMessage(batch, String(offset), appendTime ?? time, cursor.at));
    cursor.at = next;
  }
  return messages;
}
