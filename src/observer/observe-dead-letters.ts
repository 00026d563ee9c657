import { createHash } from 'node:crypto';
import type { Codec } from '../avro/codec.ts';
import type { TopicTail } from '../kafka/client/topic-tail.ts';
import type { Metrics } from '../metrics.ts';
import type { FetchedRecord } from '../record.ts';
import { SETTLES_HEADER } from '../runtime/dead-letters.ts';
import { WaitingLetters } from './waiting-letters.ts';

/** Reports the records with dead letters that were not replayed. @returns the task. */
export function observeDeadLetters(
  tail: TopicTail,
  codec: Pick<Codec, 'decode'>,
  metrics: Metrics,
): (signal: AbortSignal) => Promise<void> {
  const waiting = new WaitingLetters();

  async function onRecords(records: readonly FetchedRecord[]): Promise<void> {
    for (const { partition, offset, value, headers } of records) {
      const settles = headers[SETTLES_HEADER];
      if (settles !== undefined) waiting.settle(String(settles));
      if (value === null) continue;
      const content = await codec.decode(value);
      if (!content.ok || content.name !== 'DeadLetter') continue;
      const { topic, partition: from, offset: at, timestamp } = content.record;
      const about = createHash('sha256').update(`${topic}/${from}@${at} ${timestamp}`).digest('base64');
      waiting.add({ partition, offset: Number(offset), about });
    }
  }

  return async (signal) => {
    const ranges = await tail.read(onRecords, signal);
    for (const { partition, start } of ranges) waiting.expire(partition, Number(start));
    metrics.deadLettersWaiting.set(waiting.count);
  };
}
