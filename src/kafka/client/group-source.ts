import type { Admin, Kafka } from 'kafkajs';
import { groupId, type Topic, topicName } from '../../topics.ts';
import { fetchLag, type Lag } from '../admin/lag.ts';
import { readPartitions } from './read-partitions.ts';

/** The consumer group of a stage for one topic. */
export interface ConsumerGroup {
  readonly stage: string;
  readonly topic: Topic;
}

/** Consumer groups, read by a process that is a member of none of them. */
export interface GroupSource {
  /** The number of members of each group, in their order. A group that does not exist has none. */
  members(): Promise<readonly { readonly group: ConsumerGroup; readonly topic: string; readonly members: number }[]>;
  /** See {@link fetchLag}. */
  lag(group: ConsumerGroup): Promise<readonly Lag[]>;
  /** The timestamp of the first record from `offset` on, epoch milliseconds; undefined if none is read in time. */
  recordTime(topic: string, partition: number, offset: number): Promise<number | undefined>;
}

const READ_TIMEOUT_MS = 5_000;
/** One batch is enough; the broker sends at least that, whatever its size. */
const READ_BYTES = 1_024;

/** @param admin a connected admin client of `kafka`. */
export function createGroupSource(
  kafka: Kafka,
  admin: Admin,
  topicPrefix: string,
  groups: readonly ConsumerGroup[],
): GroupSource {
  const idOf = ({ stage, topic }: ConsumerGroup): string => groupId(topicPrefix, stage, topic);
  return {
    async members() {
      if (groups.length === 0) return [];
      const described = await admin.describeGroups(groups.map(idOf));
      const members = new Map(described.groups.map((one) => [one.groupId, one.members.length]));
      return groups.map((group) => ({
        group,
        topic: topicName(topicPrefix, group.topic),
        members: members.get(idOf(group)) ?? 0,
      }));
    },

    lag: (group) => fetchLag(admin, idOf(group), [topicName(topicPrefix, group.topic)]),

    async recordTime(topic, partition, offset) {
      const found = new AbortController();
      let time: number | undefined;
      const handlers = {
        onRecords(_: unknown, [first]: readonly { readonly timestamp: number }[]) {
          time ??= first?.timestamp;
          found.abort();
        },
        onUnreadable: () => undefined,
        onProgress: () => undefined,
      };
      const signal = AbortSignal.any([found.signal, AbortSignal.timeout(READ_TIMEOUT_MS)]);
      await readPartitions(kafka, [{ topic, partition, next: offset }], READ_BYTES, handlers, signal);
      return time;
    },
  };
}
