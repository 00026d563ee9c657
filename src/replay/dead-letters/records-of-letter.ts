import { readRecordBatch } from '../../kafka/wire/record-batch.ts';
import type { OutgoingRecord } from '../../record.ts';
import { REPLAYS_HEADER } from '../../runtime/dead-letters.ts';
import { originalRecord, type StoredLetter } from './stored-letter.ts';

/**
 * The records that a dead letter is replayed as: one, or those of a batch that could not be read when it was skipped.
 * Throws an error with the reason why the batch still cannot be replayed.
 *
 * @param maxBatchBytes memory that the records of a batch may need (KAFKA_MAX_BATCH_BYTES).
 */
export async function recordsOfLetter(stored: StoredLetter, maxBatchBytes: number): Promise<OutgoingRecord[]> {
  const { topic, reason, value, replays } = stored.letter;
  if (reason !== 'unreadable_batch') return [originalRecord(stored)];
  if (value === null) throw new Error('the batch was too large to be kept in its dead letter');
  const messages = await readRecordBatch(value, 0, maxBatchBytes).catch((cause: Error) => {
    throw new Error(`the batch still cannot be read: ${cause.message}`, { cause });
  });
  return messages.map(({ key, value: content, headers, batchContext }) => {
    if (batchContext.inTransaction) throw new Error('the batch belongs to a transaction, which may have been aborted');
    const counted = { ...headers, [REPLAYS_HEADER]: [Buffer.from(String(replays + 1))] };
    return { topic, key, value: content, headers: counted };
  });
}
