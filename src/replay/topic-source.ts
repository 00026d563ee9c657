import type { Connections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { deleteGroup, groupIsIdle } from '../kafka/admin/group.ts';
import { fetchPositions, isOfDeletedTopic } from '../kafka/admin/position.ts';
import { fetchRanges, type Range } from '../kafka/admin/ranges.ts';
import { fetchTopicIds } from '../kafka/admin/topic-ids.ts';
import { type ConsumerEvents, startConsumer } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type FetchedBatch, partitionKey, type UnreadableBatch } from '../record.ts';
import type { ConsumerStatus } from '../runtime/consumer-status.ts';
import { FatalError } from '../runtime/fatal.ts';
import { superviseConsumer } from '../runtime/supervise.ts';
import { describeUnreadable } from '../runtime/unreadable.ts';
import type { Source } from './source.ts';

export interface TopicSourceSettings {
  /** Names on the broker, prefix included. */
  readonly topics: readonly string[];
  /** Records before the first one with this timestamp or a later one are not read, epoch milliseconds. */
  readonly since: number | undefined;
  /** A group of the replay's own, in which its position is committed. */
  readonly groupId: string;
  readonly concurrency: number;
  readonly fetchBytes: number;
  /** Called with a batch that cannot be read: it is left out if the call returns, and the source fails if it throws. */
  readonly onUnreadable: (batch: UnreadableBatch) => void;
}

/** Short, so that a replay that was killed can soon be started again. */
const SESSION_TIMEOUT_MS = 10_000;

/**
 * Topics as the source of a replay: from the position that is committed in the replay's own group, or from the first record,
 * to the end of each partition when the source is opened. The groups of the live system are neither read nor written.
 */
export async function openTopicSource(
  { kafka, requireRights }: Pick<Connections, 'kafka' | 'requireRights'>,
  settings: TopicSourceSettings,
  parts: { log: Log; metrics: Metrics; status: ConsumerStatus },
): Promise<Source> {
  const { groupId, topics, since } = settings;
  await requireRights([
    ...topics.map((name) => ({ resource: 'topic', name, operation: 'READ' }) as const),
    { resource: 'group', name: groupId, operation: 'READ' },
    { resource: 'group', name: groupId, operation: 'DELETE' },
  ]);
  const admin = kafka.admin();
  await admin.connect();

  const ranges = new Map<string, Range>();
  /** The next offset to read of each partition. */
  const next = new Map<string, bigint>();
  let topicIds: ReadonlyMap<string, string>;
  try {
    topicIds = await fetchTopicIds(kafka, topics);
    if (!(await groupIsIdle(admin, groupId, SESSION_TIMEOUT_MS + 2_000))) {
      throw new UsageError(`this replay is running already: the group ${groupId} has members`);
    }
    for (const topic of topics) {
      const positions = await fetchPositions(admin, groupId, topic);
      for (const range of await fetchRanges(admin, topic, since)) {
        const key = partitionKey(topic, range.partition);
        const position = positions.get(range.partition);
        const isUsable = position !== undefined && !isOfDeletedTopic(position, topicIds.get(topic));
        ranges.set(key, range);
        next.set(key, within(range, BigInt((isUsable && position.next) || range.start)));
      }
    }
  } catch (error) {
    await admin.disconnect();
    throw error;
  }
  const left = (): number => [...ranges].reduce((sum, [key, { end }]) => sum + Number(end - (next.get(key) ?? end)), 0);
  const total = [...ranges.values()].reduce((sum, { start, end }) => sum + Number(end - start), 0);

  async function join(onBatch: (batch: KafkaBatch) => Promise<void>, events: ConsumerEvents) {
    const now = await fetchTopicIds(kafka, topics);
    const changed = topics.find((topic) => now.get(topic) !== topicIds.get(topic));
    if (changed !== undefined) {
      throw new FatalError(`${changed} was deleted or created again during the replay: start the replay again`);
    }
    const startAt = (topic: string, partition: number) => next.get(partitionKey(topic, partition))?.toString();
    return startConsumer(kafka, { ...settings, sessionTimeoutMs: SESSION_TIMEOUT_MS, startAt }, onBatch, events);
  }

  /** The error of a caller that does not leave out an unreadable batch. */
  let refusal: unknown;
  /** Returns the offset of the last record of a batch that the caller leaves out. */
  function leaveOut(unreadable: UnreadableBatch): string {
    try {
      settings.onUnreadable(unreadable);
      if (unreadable.lastOffset === undefined) throw new UsageError(describeUnreadable(unreadable));
      return unreadable.lastOffset;
    } catch (error) {
      refusal = error;
      throw new FatalError('the source contains a batch that cannot be read', { cause: error });
    }
  }

  /** Hands on the records of a batch that are within the range; afterwards the partition may be complete. */
  async function handleBatch(
    batch: KafkaBatch,
    handle: (batch: FetchedBatch) => Promise<void>,
    onProgress: (records: number) => void,
  ): Promise<void> {
    const key = partitionKey(batch.topic, batch.partition);
    const end = ranges.get(key)?.end ?? 0n;
    const advance = (offset: bigint): void => {
      onProgress(Number(offset - (next.get(key) ?? offset)));
      next.set(key, offset);
    };
    const records = batch.records.filter(({ offset }) => BigInt(offset) < end);
    if (records.length > 0) {
      const commit = async (offset: string) => {
        await batch.commit(offset);
        advance(BigInt(offset) + 1n);
      };
      await handle({ ...batch, records, unreadable: undefined, commit });
    }
    if (!batch.isActive()) return;
    const { unreadable } = batch;
    if (unreadable !== undefined && BigInt(unreadable.firstOffset) < end) {
      const lastOffset = leaveOut(unreadable);
      await batch.commit(lastOffset);
      advance(least(BigInt(lastOffset) + 1n, end));
    }
    const last = unreadable?.lastOffset ?? batch.records.at(-1)?.offset;
    if (last === undefined || BigInt(last) + 1n < end) return;
    // Offsets need not be dense: the last one before the end may belong to no record.
    advance(end);
    batch.pause();
  }

  return {
    total,
    already: total - left(),

    async read(handle, signal, onProgress) {
      // An abort before this moment is not an event any more.
      if (left() === 0 || signal.aborted) return;
      const done = Promise.withResolvers<void>();
      const onBatch = async (batch: KafkaBatch): Promise<void> => {
        await handleBatch(batch, handle, onProgress);
        if (left() === 0) done.resolve();
      };
      const consumer = superviseConsumer('replay', join, onBatch, parts);
      signal.addEventListener('abort', () => done.resolve(), { once: true });
      try {
        const failed = consumer.failed.then((error) => {
          throw refusal ?? error;
        });
        await Promise.race([done.promise, failed]);
      } finally {
        await consumer.stop();
      }
    },

    forget: () => deleteGroup(admin, groupId),
    close: () => admin.disconnect(),
  };
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

const within = ({ start, end }: Range, offset: bigint): bigint =>
  offset < start ? start : offset > end ? end : offset;
