import type { Codec } from '../avro/codec.ts';
import type { Metrics } from '../metrics.ts';
import { type FetchedRecord, listHeaders, type OutgoingRecord, type RecordSender, RecordTooLarge } from '../record.ts';
import { topicName } from '../topics.ts';
import type { Rejected } from './stage.ts';

const MAX_MESSAGE_LENGTH = 2_000;

/** Header with the number of times a record was replayed from the dead letters. */
export const REPLAYS_HEADER = 'dead-letter-replays';

/**
 * The header of a settlement: a later record of `ml.deadletters`, without a value, that names a replayed dead letter in this
 * header as `partition:offset`. So the topic itself records which letters were replayed, and none is replayed twice by mistake.
 */
export const SETTLES_HEADER = 'settles-dead-letter';

function replaysOf({ headers }: FetchedRecord): number {
  const header = headers[REPLAYS_HEADER];
  const count = Number(Array.isArray(header) ? header.at(-1) : header);
  return Number.isInteger(count) && count > 0 ? count : 0;
}

/** Writes records that cannot be processed to `ml.deadletters`. */
export interface DeadLetters {
  /** Resolves when all of them are durable. Throws when the topic cannot be written: the offset is then held. */
  write(stage: string, rejected: readonly Rejected[]): Promise<void>;
}

export const createDeadLetters = (
  codec: Codec,
  sender: RecordSender,
  topicPrefix: string,
  metrics: Metrics,
): DeadLetters => {
  const topic = topicName(topicPrefix, 'ml.deadletters');

  function letterOf(
    stage: string,
    { record, code, message }: Rejected,
    failedAt: number,
    isHollow: boolean,
  ): OutgoingRecord {
    const value = codec.encode('ml.deadletters', 'DeadLetter', {
      topic: record.topic,
      partition: record.partition,
      offset: Number(record.offset),
      timestamp: record.timestamp,
      key: record.key,
      value: record.value,
      headers: listHeaders(record.headers),
      bytes_omitted: isHollow,
      stage,
      reason: code,
      message: message.slice(0, MAX_MESSAGE_LENGTH),
      failed_at: failedAt,
      replays: replaysOf(record),
    });
    return { topic, key: record.key, value };
  }

  return {
    async write(stage, rejected) {
      const failedAt = Date.now();
      const letters = new Map(rejected.map((item) => [letterOf(stage, item, failedAt, false), item]));
      try {
        await sender.send([...letters.keys()]);
      } catch (error) {
        if (!(error instanceof RecordTooLarge)) throw error;
        const hollow = error.records.flatMap((letter) => letters.get(letter) ?? []).map(hollowed);
        await sender.send(hollow.map((item) => letterOf(stage, item, failedAt, true)));
      }
      for (const { code } of rejected) metrics.deadLetters.inc({ stage, reason: code });
      metrics.stageRecords.inc({ stage, result: 'rejected' }, rejected.length);
    },
  };
};

/**
 * A record that was compressed can be larger than any topic accepts uncompressed. Its dead letter then contains its position
 * instead of its bytes, so that it does not block its partition forever.
 */
function hollowed({ record, code, message }: Rejected): Rejected {
  const { topic, partition, offset, timestamp, value } = record;
  const where = `its ${value?.length ?? 0} bytes are too many for a dead letter and are only at ${topic}/${partition}/${offset}`;
  const empty = { topic, partition, offset, timestamp, key: null, value: null, headers: {} };
  return { record: empty, code, message: `${where}; ${message}` };
}
