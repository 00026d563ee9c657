import type { Admin, Kafka } from 'kafkajs';
import type { FetchedRecord } from '../../record.ts';
import { fetchRanges, type Range } from '../admin/ranges.ts';
import { readPartitions } from './read-partitions.ts';

/** A topic that is read again and again from where the last reading ended, as a member of no consumer group. */
export interface TopicTail {
  /**
   * Reads the records that were added since the last call, from the first record on at the first one. Resolves with the bounds
   * of the partitions; rejects if it takes longer than its timeout, and the next call continues.
   */
  read(onRecords: (records: readonly FetchedRecord[]) => Promise<void>, signal: AbortSignal): Promise<readonly Range[]>;
}

const FETCH_BYTES = 1_048_576;
const TIMEOUT_MS = 60_000;

/** @param topic its name on the broker. */
export function createTopicTail(kafka: Kafka, admin: Admin, topic: string): TopicTail {
  const positions = new Map<number, { readonly topic: string; readonly partition: number; next: number }>();

  function positionOf({ partition, start, end }: Range) {
    const known = positions.get(partition) ?? { topic, partition, next: 0 };
    positions.set(partition, known);
    // Retention has deleted records, or the topic was created again.
    if (known.next < Number(start) || known.next > Number(end)) known.next = Number(start);
    return known;
  }

  return {
    async read(onRecords, signal) {
      const ranges = await fetchRanges(admin, topic, undefined);
      const unread = ranges.filter((range) => positionOf(range).next < Number(range.end));
      if (unread.length === 0) return ranges;
      const done = new AbortController();
      const endIfDone = (): void => {
        if (unread.every((range) => positionOf(range).next >= Number(range.end))) done.abort();
      };
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const handlers = { onRecords: (_: unknown, records: readonly FetchedRecord[]) => onRecords(records) };
      await readPartitions(
        kafka,
        unread.map(positionOf),
        FETCH_BYTES,
        { ...handlers, onUnreadable: () => undefined, onProgress: endIfDone },
        AbortSignal.any([done.signal, timeout, signal]),
      );
      signal.throwIfAborted();
      if (!done.signal.aborted) throw new Error(`reading ${topic} took longer than ${TIMEOUT_MS / 1_000} s`);
      return ranges;
    },
  };
}
