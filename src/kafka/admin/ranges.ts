import type { Admin } from 'kafkajs';

/** A stretch of one partition. */
export interface Range {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  /** The first offset. */
  readonly start: bigint;
  /** The offset behind the last. */
  readonly end: bigint;
}

/** What bounds the ranges; absent, what the topic holds does. */
export interface RangeBounds {
  /** The ranges start with the first record at or after it, epoch milliseconds. */
  readonly since?: number | undefined;
  /** The ranges end before the first record at or after it, epoch milliseconds. */
  readonly until?: number | undefined;
}

/** What every partition of `topic` holds between the bounds, as of now. Throws when there is no such topic. */
export async function fetchRanges(admin: Admin, topic: string, { since, until }: RangeBounds): Promise<Range[]> {
  const byTime = async (time: number | undefined) =>
    time === undefined
      ? undefined
      : new Map((await admin.fetchTopicOffsetsByTimestamp(topic, time)).map((at) => [at.partition, BigInt(at.offset)]));
  const [ends, first, last] = await Promise.all([admin.fetchTopicOffsets(topic), byTime(since), byTime(until)]);
  return ends
    .map(({ partition, low, high }) => {
      const start = greatest(BigInt(low), first?.get(partition) ?? 0n);
      const end = least(BigInt(high), last?.get(partition) ?? BigInt(high));
      return { topic, partition, start, end: greatest(start, end) };
    })
    .sort((a, b) => a.partition - b.partition);
}

const greatest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
