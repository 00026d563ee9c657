import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerCrashEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { findStalePositions, type StalePosition } from '../admin/stale-positions.ts';
import { fetchTopicIds } from '../admin/topic-ids.ts';
import { createCommitter } from './committer.ts';
import { type KafkaBatch, toKafkaBatch } from './kafka-batch.ts';
import { createReadAhead } from './read-ahead.ts';

export interface ConsumerSettings {
  /** Group on the broker, prefix included. */
  readonly groupId: string;
  /** Names on the broker, prefix included. */
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Partitions handled at the same time. */
  readonly concurrency: number;
  /** Bytes fetched of one partition at a time. */
  readonly fetchBytes: number;
  /** Where to start in a partition that was just assigned, decimal text; undefined leaves it to what is committed. */
  readonly startAt?: (topic: string, partition: number) => string | undefined;
  /** Interval at which the ids of the topics are compared with those at the start, in milliseconds; 15 s where absent. */
  readonly topicIdIntervalMs?: number;
}

export interface ConsumerEvents {
  /** The consumer ended by an error and consumes nothing any more. */
  onCrash(error: Error): void;
  /** The group gave us these partitions. */
  onAssigned(partitions: Readonly<Record<string, readonly number[]>>): void;
  /** Called with the partitions that are read from their first record although the group has a position in them. */
  onRestart?(positions: readonly StalePosition[]): void;
}

/** A topic that the consumer reads was deleted and created again. Its positions are examined when the consumer starts again. */
export class TopicRecreated extends Error {
  override readonly name = 'TopicRecreated';
}

export interface RunningConsumer {
  /** Leaves the group after the handlers in progress are done. */
  stop(): Promise<void>;
}

/**
 * After so few records the next fetch waits a little: a fetch, a commit and a transaction for each handful take most of a
 * processor at 2,000 events a second, and then everything is late. What comes in large batches never waits.
 */
const SMALL_BATCH = { records: 200, lingerMs: 10 } as const;

const TOPIC_ID_INTERVAL_MS = 15_000;

/**
 * Joins a group and hands each fetched batch to `onBatch`. Nothing is committed but by `commit`.
 *
 * A crash is reported, never retried here: kafkajs restarts a consumer for ever on some errors, and on others (a TypeError
 * in a handler) stops it while the process lives on, consuming nothing.
 */
export async function startConsumer(
  kafka: Kafka,
  settings: ConsumerSettings,
  onBatch: (batch: KafkaBatch) => Promise<void>,
  events: ConsumerEvents,
): Promise<RunningConsumer> {
  // Fetched before the positions are: a position is then never committed under the id of a topic it is not a position in.
  const topicIds = await fetchTopicIds(kafka, settings.topics);
  const consumer = kafka.consumer({
    groupId: settings.groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: Math.max(60_000, settings.sessionTimeoutMs),
    heartbeatInterval: Math.min(3_000, Math.floor(settings.sessionTimeoutMs / 3)),
    maxBytesPerPartition: settings.fetchBytes,
    // The default of 5 s is how long a stop would wait for a fetch of an idle topic.
    maxWaitTimeInMs: 500,
    minBytes: 1,
    allowAutoTopicCreation: false,
    metadataMaxAge: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => false },
  });
  consumer.on('consumer.crash', ({ payload }: ConsumerCrashEvent) => events.onCrash(payload.error));
  // A batch belongs to the generation of the group it was fetched in. kafkajs commits with the generation it has by then,
  // which the broker takes for any partition; so whether the batch is still ours is told here.
  let generation = 0;
  // Raised when all that is in hand is to be let go at its next chunk.
  let failures = 0;
  let stopping = false;
  const readAhead = createReadAhead(settings.concurrency);
  // Every batch has the same; it is not to be had elsewhere. consumer.commitOffsets repeats what a generation was refused
  // with the generation that follows, and once the consumer stops it does nothing and says nothing.
  let commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  const commit = createCommitter(async (topics) => {
    if (commitOffsets === undefined) throw new Error('nothing was fetched, so there is nothing to commit');
    await commitOffsets({ topics });
  });

  const unchangedSince = (then: number) => () => generation === then;

  /** Resolves when no partition of this generation has a stale position any more. */
  let positioned: Promise<void> = Promise.resolve();
  /** The stale position of each partition that is read from its start instead. */
  const restarts = new Map<string, bigint>();
  let comparing: Promise<void> | undefined;

  async function restartStalePartitions(assignment: Readonly<Record<string, number[]>>): Promise<void> {
    const isOurs = unchangedSince(generation);
    const stale = await findStalePositions(kafka, settings.groupId, assignment, topicIds);
    if (stale.length === 0 || !isOurs() || stopping) return;
    // Batches in hand were fetched at the stale positions.
    generation += 1;
    for (const { topic, partition, committed, start } of stale) {
      restarts.set(`${topic}/${partition}`, BigInt(committed));
      consumer.seek({ topic, partition, offset: start });
    }
    events.onRestart?.(stale);
  }

  async function compareTopicIds(): Promise<void> {
    const now = await fetchTopicIds(kafka, settings.topics);
    const changed = settings.topics.find((topic) => now.has(topic) && now.get(topic) !== topicIds.get(topic));
    if (changed !== undefined) events.onCrash(new TopicRecreated(`${changed} was deleted and created again`));
  }

  /** Whether a batch was fetched before its partition was started from the beginning; later ones were not. */
  function isStale({ topic, partition, ...batch }: EachBatchPayload['batch']): boolean {
    const key = `${topic}/${partition}`;
    const position = restarts.get(key);
    if (position === undefined) return false;
    // The types of kafkajs leave out the offset that the fetch request asked for.
    const { fetchedOffset } = batch as { readonly fetchedOffset?: string };
    if (fetchedOffset !== undefined && BigInt(fetchedOffset) === position) return true;
    restarts.delete(key);
    return false;
  }

  async function handle(payload: EachBatchPayload): Promise<void> {
    const isOurs = unchangedSince(generation);
    await positioned;
    if (!isOurs() || isStale(payload.batch)) return;
    commitOffsets = payload.commitOffsetsIfNecessary;
    const failuresThen = failures;
    const topicId = topicIds.get(payload.batch.topic);
    const isCurrent = () => isOurs() && failures === failuresThen && !stopping;
    try {
      await readAhead.handle(payload, isOurs, (reach) =>
        onBatch(toKafkaBatch(payload, { topicId, isOurs, isCurrent, commit, reach })),
      );
      // kafkajs asks as well, but joins the group anew without waiting for what it does not know to be in hand.
      await payload.heartbeat();
    } catch (error) {
      failures += 1;
      await readAhead.drain();
      throw error;
    }
    if (payload.batch.messages.length < SMALL_BATCH.records) await sleep(SMALL_BATCH.lingerMs);
  }

  consumer.on('consumer.rebalancing', () => {
    generation += 1;
  });
  consumer.on('consumer.group_join', ({ payload }) => {
    generation += 1;
    restarts.clear();
    if (settings.startAt === undefined) {
      positioned = restartStalePartitions(payload.memberAssignment);
      // Thrown where a batch waits for it; without one, kafkajs has nothing to crash by.
      positioned.catch(events.onCrash);
    }
    for (const [topic, partitions] of Object.entries(payload.memberAssignment)) {
      for (const partition of partitions) {
        const offset = settings.startAt?.(topic, partition);
        if (offset !== undefined) consumer.seek({ topic, partition, offset });
      }
    }
    events.onAssigned(payload.memberAssignment);
  });

  try {
    await consumer.connect();
    // Without fromBeginning a new partition, or an offset that retention has deleted, would jump to the end of the topic.
    await consumer.subscribe({ topics: [...settings.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: settings.concurrency,
      eachBatch: handle,
    });
  } catch (error) {
    // It is tried again by making another, so nothing of this one may stay connected.
    await consumer.disconnect();
    throw error;
  }
  const comparison = setInterval(() => {
    // A broker that cannot be reached is reported by the consumer itself.
    comparing = compareTopicIds().catch(() => undefined);
  }, settings.topicIdIntervalMs ?? TOPIC_ID_INTERVAL_MS);
  return {
    async stop() {
      stopping = true;
      clearInterval(comparison);
      await Promise.all([comparing, positioned.catch(() => undefined)]);
      // Before the group is left, which takes no commits from those outside of it.
      await readAhead.drain();
      await consumer.stop();
      await consumer.disconnect();
    },
  };
}
