import type { Admin, Kafka } from 'kafkajs';
import type { FeedLayout } from '../../feed-position.ts';
import { fetchFeedLayout } from '../admin/feed-layout.ts';
import { fetchRanges } from '../admin/ranges.ts';
import { type ReadHandlers, type ReadPosition, readPartitions } from './read-partitions.ts';

/** Numbers of offsets of one partition; the greatest offset that a number holds exactly is never reached. */
export interface OffsetRange {
  readonly start: number;
  /** The offset after the last record. */
  readonly end: number;
}

/** The topics of the live feed, read without a consumer group. */
export interface FeedSource {
  layout(): Promise<FeedLayout>;
  /**
   * The range of each partition of the layout, in its order, that holds every record with a timestamp from `since` on (epoch
   * milliseconds); undefined: every record.
   */
  ranges(layout: FeedLayout, since?: number): Promise<readonly OffsetRange[]>;
  /** See {@link readPartitions}. */
  read(positions: readonly ReadPosition[], handlers: ReadHandlers, signal: AbortSignal): Promise<void>;
}

/** @param admin a connected admin client of `kafka`. */
export function createFeedSource(kafka: Kafka, admin: Admin, topicPrefix: string, fetchBytes: number): FeedSource {
  return {
    layout: () => fetchFeedLayout(kafka, admin, topicPrefix),

    async ranges({ partitions }, since) {
      const topics = [...new Set(partitions.map(({ topic }) => topic))];
      const found = (await Promise.all(topics.map((topic) => fetchRanges(admin, topic, since)))).flat();
      return partitions.map(({ topic, partition }) => {
        const range = found.find((one) => one.topic === topic && one.partition === partition);
        if (range === undefined) throw new Error(`${topic} has no partition ${partition}`);
        return { start: Number(range.start), end: Number(range.end) };
      });
    },

    read: (positions, handlers, signal) => readPartitions(kafka, positions, fetchBytes, handlers, signal),
  };
}
