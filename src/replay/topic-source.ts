import { UsageError } from '../errors.ts';
import { deleteGroup, fetchCommitted, groupIsIdle } from '../kafka/admin/group.ts';
import { fetchRanges, type Range } from '../kafka/admin/ranges.ts';
import { startConsumer } from '../kafka/client/consumer.ts';
import type { KafkaClient } from '../kafka/client/create-kafka.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type ConsumerStatus, partitionKey } from '../runtime/consumer-status.ts';
import { superviseConsumer } from '../runtime/supervise.ts';
import type { Source } from './source.ts';

export interface TopicSourceSettings {
  /** Names on the broker, prefix included. */
  readonly topics: readonly string[];
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** A group of the replay's own, in which it remembers how far it came. */
  readonly groupId: string;
  readonly concurrency: number;
  readonly fetchBytes: number;
}

/** Short, so that a replay that was killed can soon be started again. */
const SESSION_TIMEOUT_MS = 10_000;

/**
 * Topics as a source: from what is committed in the replay's own group, or where the records begin, up to where they ended
 * when it was opened. The groups of the live system are neither read nor written.
 */
export async function openTopicSource(
  kafka: KafkaClient,
  settings: TopicSourceSettings,
  parts: { log: Log; metrics: Metrics; status: ConsumerStatus },
): Promise<Source> {
  const { groupId, topics } = settings;
  const admin = kafka.admin();
  await admin.connect();

  const ranges = new Map<string, Range>();
  /** The next offset to read, of every partition. */
  const next = new Map<string, bigint>();
  try {
    if (!(await groupIsIdle(admin, groupId, SESSION_TIMEOUT_MS + 2_000))) {
      throw new UsageError(`this replay is running already: the group ${groupId} has members`);
    }
    for (const topic of topics) {
      const committed = await fetchCommitted(admin, groupId, topic);
      for (const range of await fetchRanges(admin, topic, settings)) {
        const key = partitionKey(topic, range.partition);
        ranges.set(key, range);
        next.set(key, within(range, committed.get(range.partition) ?? range.start));
      }
    }
  } catch (error) {
    await admin.disconnect();
    throw error;
  }
  const left = (): number => [...ranges].reduce((sum, [key, { end }]) => sum + Number(end - (next.get(key) ?? end)), 0);
  const total = [...ranges.values()].reduce((sum, { start, end }) => sum + Number(end - start), 0);

  return {
    total,
    already: total - left(),

    async read(handle, signal, onProgress) {
      if (left() === 0) return;
      const done = Promise.withResolvers<void>();
      const startAt = (topic: string, partition: number) => next.get(partitionKey(topic, partition))?.toString();
      const consumer = superviseConsumer(
        'replay',
        (onBatch, events) =>
          startConsumer(kafka, { ...settings, sessionTimeoutMs: SESSION_TIMEOUT_MS, startAt }, onBatch, events),
        async (batch) => {
          const key = partitionKey(batch.topic, batch.partition);
          const end = ranges.get(key)?.end ?? 0n;
          const records = batch.records.filter(({ offset }) => BigInt(offset) < end);
          if (records.length > 0) {
            const commit = async (offset: string) => {
              await batch.commit(offset);
              const before = next.get(key) ?? 0n;
              next.set(key, BigInt(offset) + 1n);
              onProgress(Number(BigInt(offset) + 1n - before));
            };
            await handle({ ...batch, records, commit });
          }
          const last = batch.records.at(-1);
          if (last === undefined || BigInt(last.offset) + 1n < end || !batch.isActive()) return;
          // Offsets need not be dense: the last one before the end may belong to no record.
          onProgress(Number(end - (next.get(key) ?? end)));
          next.set(key, end);
          batch.pause();
          if (left() === 0) done.resolve();
        },
        parts,
      );
      signal.addEventListener('abort', () => done.resolve(), { once: true });
      try {
        const failed = consumer.failed.then((error) => {
          throw error;
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

const within = ({ start, end }: Range, offset: bigint): bigint =>
  offset < start ? start : offset > end ? end : offset;
