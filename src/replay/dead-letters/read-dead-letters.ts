import { randomUUID } from 'node:crypto';
import type { Connections } from '../../connections.ts';
import type { FetchedBatch, UnreadableBatch } from '../../record.ts';
import { ConsumerStatus } from '../../runtime/consumer-status.ts';
import { SETTLES_HEADER } from '../../runtime/dead-letters.ts';
import { describeUnreadable } from '../../runtime/unreadable.ts';
import { topicName } from '../../topics.ts';
import { openTopicSource } from '../topic-source.ts';
import type { StoredLetter } from './stored-letter.ts';

/** Called with every dead letter and every settlement. A settlement may be read before its letter. */
export interface LetterReader {
  onLetters(letters: readonly StoredLetter[]): Promise<void> | void;
  onSettled(id: string): void;
}

/** Reads `ml.deadletters` from its first record to its current end, and keeps no position. */
export async function readDeadLetters(connections: Connections, reader: LetterReader): Promise<void> {
  const { config, telemetry } = connections;
  const codec = await connections.codec();
  const settings = {
    topics: [topicName(config.kafka.topicPrefix, 'ml.deadletters')],
    groupId: `${config.kafka.topicPrefix}thunderline.deadletters.${randomUUID()}`,
    concurrency: 1,
    fetchBytes: config.consumer.fetchBytes,
    since: undefined,
    onUnreadable(batch: UnreadableBatch) {
      telemetry.log.error({ topic: batch.topic, partition: batch.partition }, describeUnreadable(batch));
    },
  };
  const source = await openTopicSource(connections, settings, { ...telemetry, status: new ConsumerStatus() });
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
