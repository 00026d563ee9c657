import type { Codec } from '../avro/codec.ts';
import { type FetchedRecord, listHeaders, type RecordSender } from '../kafka/records.ts';
import type { Metrics } from '../metrics.ts';
import { topicName } from '../topics.ts';
import type { Rejected } from './stage.ts';

/** Header that counts how often a record was replayed from the dead letters. */
export const REPLAYS_HEADER = 'dead-letter-replays';

function replaysOf({ headers }: FetchedRecord): number {
  const header = headers[REPLAYS_HEADER];
  const count = Number(Array.isArray(header) ? header.at(-1) : header);
  return Number.isInteger(count) && count > 0 ? count : 0;
}

/** Writes what cannot be processed to `ml.deadletters`. */
export interface DeadLetters {
  /** Resolves when all of them are durable. Throws when the topic cannot be written: the offset is then held. */
  write(stage: string, rejected: readonly Rejected[]): Promise<void>;
}

export const createDeadLetters = (
  codec: Codec,
  sender: RecordSender,
  topicPrefix: string,
  metrics: Metrics,
): DeadLetters => ({
  async write(stage, rejected) {
    if (rejected.length === 0) return;
    await sender.send(
      rejected.map(({ record, code, message }) => ({
        topic: topicName(topicPrefix, 'ml.deadletters'),
        key: record.key,
        value: codec.encode('ml.deadletters', 'DeadLetter', {
          topic: record.topic,
          partition: record.partition,
          offset: Number(record.offset),
          timestamp: record.timestamp,
          key: record.key,
          value: record.value,
          headers: listHeaders(record.headers),
          stage,
          reason: code,
          message: message.slice(0, 2_000),
          failed_at: Date.now(),
          replays: replaysOf(record),
        }),
      })),
    );
    for (const { code } of rejected) metrics.deadLetters.inc({ stage, reason: code });
    metrics.stageRecords.inc({ stage, result: 'rejected' }, rejected.length);
  },
});
