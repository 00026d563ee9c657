import type { FetchedMessage } from './fetched-message.ts';
import {
  type BatchHeader,
  HEADER_BYTES,
  isIntact,
  RECORD_OVERHEAD_BYTES,
  readBatchHeader,
  readRecordBatch,
} from './record-batch.ts';
import { codecName, isCompressed } from './unpack.ts';
import { UnreadableMessage } from './unreadable-message.ts';

export type ReadMessage = FetchedMessage | UnreadableMessage;

/** Memory of compressed batches, in bytes, after which the rest of a fetch is left to the next one. */
const UNPACKED_AT_ONCE = 8 * 1_048_576;

/**
 * The messages of the record batches that were fetched of one partition. The last batch may be cut off by the size of the
 * fetch, and is then left out. A batch that cannot be read is one {@link UnreadableMessage}, the last of the messages.
 *
 * @param maxBytes memory that one batch may need.
 */
export async function readBatches(bytes: Buffer, maxBytes: number): Promise<ReadMessage[]> {
  const read: ReadMessage[][] = [];
  let unpacked = 0;
  for (let start = 0; start + HEADER_BYTES <= bytes.length && unpacked < UNPACKED_AT_ONCE; ) {
    const header = readBatchHeader(bytes, start);
    // The broker sends the first batch whole, whatever the size of the fetch.
    if (header.end > bytes.length && start > 0) break;
    try {
      if (header.end < start + HEADER_BYTES || header.end > bytes.length) throw new Error('its length is impossible');
      const messages = await readRecordBatch(bytes, start, maxBytes);
      if (isCompressed(header.attributes)) unpacked += memoryOf(messages);
      read.push(messages);
    } catch (error) {
      read.push([unreadable(bytes, start, header, (error as Error).message)]);
      break;
    }
    start = header.end;
  }
  return read.length === 1 ? (read[0] as ReadMessage[]) : read.flat();
}

const memoryOf = (messages: readonly FetchedMessage[]): number =>
  messages.reduce((sum, { value }) => sum + RECORD_OVERHEAD_BYTES + (value?.length ?? 0), 0);

function unreadable(bytes: Buffer, start: number, header: BatchHeader, reason: string): UnreadableMessage {
  const { firstOffset, lastOffset, end, attributes, firstTimestamp, greatestTimestamp } = header;
  const isWhole = end >= start + HEADER_BYTES && end <= bytes.length;
  return new UnreadableMessage({
    firstOffset: String(firstOffset),
    lastOffset: String(lastOffset),
    codec: codecName(attributes),
    timestamp: greatestTimestamp,
    firstTimestamp: isWhole && isIntact(bytes, start, header) ? firstTimestamp : undefined,
    // A copy, because the bytes of the whole fetch should not stay in memory with it.
    bytes: Buffer.from(bytes.subarray(start, Math.max(start, Math.min(end, bytes.length)))),
    reason,
  });
}
