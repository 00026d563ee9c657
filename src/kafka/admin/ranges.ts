import type { Admin } from 'kafkajs';
import { fetchOffsetsSince, fetchTopicOffsets } from './topic-offsets.ts';

/** The offsets of one partition from `start` (included) to `end` (excluded). */
export interface Range {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * The range of each partition of `topic` that holds every record with a timestamp from `since` on (epoch milliseconds), or
 * every record where it is undefined, as of now. It may hold earlier ones too, as timestamps need not rise with the offsets;
 * for the same reason there is no such range for an end. Throws when there is no such topic.
 */
export async function fetchRanges(admin: Admin, topic: string, since: number | undefined): Promise<Range[]> {
  const found = since === undefined ? [] : await fetchOffsetsSince(admin, topic, since);
  const first = new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return (await fetchTopicOffsets(admin, topic))
    .map(({ partition, low, high }) => {
      const end = BigInt(high);
      const start = greatest(BigInt(low), first.get(partition) ?? 0n);
      return { topic, partition, start: start < end ? start : end, end };
    })
    .sort((a, b) => a.partition - b.partition);
}

const greatest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
