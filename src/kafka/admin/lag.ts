import type { Admin } from 'kafkajs';
import { KafkaUnavailable } from '../../record.ts';
import { fetchCommittedOffsets } from './committed-offsets.ts';
import { fetchTopicOffsets } from './topic-offsets.ts';

/** The position of a group in one partition, and the bounds of the partition. */
export interface Lag {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read, decimal text; negative if nothing was committed. */
  readonly committed: string;
  /** The offset after the last record, decimal text. */
  readonly end: string;
  /** Number of records from there to the end. */
  readonly lag: number;
  /** The offset of the first record, decimal text; retention has deleted earlier ones. */
  readonly start: string;
}

/** The position of the group in every partition of `topics` (names on the broker). */
export async function fetchLag(admin: Admin, groupId: string, topics: readonly string[]): Promise<Lag[]> {
  const lags = await Promise.all(
    topics.map(async (topic) => {
      const partitions = await fetchCommittedOffsets(admin, groupId, topic);
      const ends = new Map((await fetchTopicOffsets(admin, topic)).map((end) => [end.partition, end]));
      return partitions.map(({ partition, offset }): Lag => {
        const bounds = ends.get(partition);
        // Without the bounds the lag would be reported as 0, which callers wait for.
        if (bounds === undefined) throw new KafkaUnavailable(`${topic}/${partition} has no leader`);
        const { low, high } = bounds;
        const start = BigInt(low);
        const committed = BigInt(offset);
        // A position after the end was committed in a topic that was deleted since, and created again.
        const next = committed < start || committed > BigInt(high) ? start : committed;
        const lag = Math.max(0, Number(BigInt(high) - next));
        return { topic, partition, committed: offset, start: low, end: high, lag };
      });
    }),
  );
  return lags.flat();
}
