import { randomUUID } from 'node:crypto';
import type { DeadLetter } from '../../avro/records.ts';
import type { Connections } from '../../connections.ts';
import type { FetchedBatch, OutgoingRecord, UnreadableBatch } from '../../record.ts';
import { ConsumerStatus } from '../../runtime/consumer-status.ts';
import { REPLAYS_HEADER } from '../../runtime/dead-letters.ts';
import { describeUnreadable } from '../../runtime/unreadable.ts';
import { TOPIC_NAMES, topicName } from '../../topics.ts';
import { openTopicSource } from '../topic-source.ts';

/**
 * The header of a settlement: a later record of `ml.deadletters`, without a value, that names a replayed dead letter in this
 * header as `partition:offset`. So the topic itself records which letters were replayed, and none is replayed twice by mistake.
 */
export const SETTLES_HEADER = 'settles-dead-letter';

/** A dead letter and its place in the topic. */
export interface StoredLetter {
  /** `partition:offset` in `ml.deadletters`. */
  readonly id: string;
  readonly letter: DeadLetter;
}

export interface LetterFilter {
  readonly ids?: ReadonlySet<string> | undefined;
  readonly stage?: string | undefined;
  readonly reason?: string | undefined;
  /** Name of the topic that the rejected record was read from, prefix included. */
  readonly topic?: string | undefined;
  /** Rejected at this time or later, epoch milliseconds. */
  readonly since?: number | undefined;
  /** Rejected before this time, epoch milliseconds. */
  readonly until?: number | undefined;
}

export const matches = ({ id, letter }: StoredLetter, filter: LetterFilter): boolean =>
  (filter.ids === undefined || filter.ids.has(id)) &&
  (filter.stage === undefined || letter.stage === filter.stage) &&
  (filter.reason === undefined || letter.reason === filter.reason) &&
  (filter.topic === undefined || letter.topic === filter.topic) &&
  (filter.since === undefined || letter.failed_at >= filter.since) &&
  (filter.until === undefined || letter.failed_at < filter.until);

/** The reason why a dead letter cannot be replayed; undefined when it can. */
export function obstacle({ letter }: StoredLetter, topicPrefix: string, maxReplays: number): string | undefined {
  const ours = TOPIC_NAMES.filter((topic) => topic !== 'ml.deadletters').map((topic) => topicName(topicPrefix, topic));
  if (!ours.includes(letter.topic)) return `${letter.topic} is not a topic of this system`;
  return letter.replays < maxReplays ? undefined : `was replayed ${letter.replays} times already (--max-replays)`;
}

/** The record as it was, under its key, so that it comes to the partition of its trial, and with one more replay counted. */
export function originalRecord({ letter }: StoredLetter): OutgoingRecord {
  const headers = new Map<string, Buffer[]>();
  for (const { key, value } of letter.headers) {
    if (key === REPLAYS_HEADER) continue;
    // kafkajs writes a header without a value, which its types leave out.
    headers.set(key, [...(headers.get(key) ?? []), value as Buffer]);
  }
  headers.set(REPLAYS_HEADER, [Buffer.from(String(letter.replays + 1))]);
  return { topic: letter.topic, key: letter.key, value: letter.value, headers: Object.fromEntries(headers) };
}

/** The settlement of a letter that was replayed. */
export const settlement = ({ id, letter }: StoredLetter, topicPrefix: string): OutgoingRecord => ({
  topic: topicName(topicPrefix, 'ml.deadletters'),
  key: letter.key,
  value: null,
  headers: { [SETTLES_HEADER]: id },
});

/** Called for each dead letter and each settlement, in the order of their partition. */
export interface LetterReader {
  onLetters(letters: readonly StoredLetter[]): Promise<void> | void;
  onSettled(id: string): void;
}

/** Reads `ml.deadletters` from its first record to its current end, and keeps no position. */
export async function readDeadLetters(connections: Connections, reader: LetterReader): Promise<void> {
  const { config, kafka, telemetry } = connections;
  const codec = await connections.codec();
  const settings = {
    topics: [topicName(config.kafka.topicPrefix, 'ml.deadletters')],
    groupId: `${config.kafka.topicPrefix}thunderline.deadletters.${randomUUID()}`,
    concurrency: 1,
    fetchBytes: config.consumer.fetchBytes,
    ...{ since: undefined, until: undefined },
    onUnreadable(batch: UnreadableBatch) {
      telemetry.log.error({ topic: batch.topic, partition: batch.partition }, describeUnreadable(batch));
    },
  };
  const source = await openTopicSource(kafka, settings, { ...telemetry, status: new ConsumerStatus() });
  const handle = async (batch: FetchedBatch): Promise<void> => {
    const letters: StoredLetter[] = [];
    for (const { partition, offset, value, headers } of batch.records) {
      const settles = headers[SETTLES_HEADER];
      if (settles !== undefined) reader.onSettled(String(settles));
      if (value === null) continue;
      const content = await codec.decode(value);
      if (content.ok && content.name === 'DeadLetter') {
        letters.push({ id: `${partition}:${offset}`, letter: content.record });
      } else {
        telemetry.log.error({ partition, offset }, 'a record of the dead-letter topic is not a dead letter');
      }
    }
    await reader.onLetters(letters);
    const last = batch.records.at(-1);
    if (last !== undefined) await batch.commit(last.offset);
  };
  try {
    await source.read(handle, new AbortController().signal, () => undefined);
  } finally {
    await source.forget();
    await source.close();
  }
}
