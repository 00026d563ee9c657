import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerCrashEvent, EachBatchPayload, Kafka } from 'kafkajs';
import type { StalePosition } from '../admin/stale-positions.ts';
import { createCommitter } from './committer.ts';
import { type KafkaBatch, toKafkaBatch } from './kafka-batch.ts';
import { createReadAhead } from './read-ahead.ts';
import { createTopicGuard, TopicRecreated } from './topic-guard.ts';

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
  /** Bytes fetched of all partitions together; absent: those of as many partitions as are handled at the same time. */
  readonly maxFetchBytes?: number;
  /** The offset to start from in a partition that was just assigned, decimal text; undefined: the committed position. */
  readonly startAt?: (topic: string, partition: number) => string | undefined;
  /** Interval at which the ids of the topics are compared with those at the start, in milliseconds; 15 s where absent. */
  readonly topicIdIntervalMs?: number;
}

export interface ConsumerEvents {
  /** The consumer ended with an error and consumes nothing any more. */
  onCrash(error: Error): void;
  /** The group assigned these partitions to this consumer. */
  onAssigned(partitions: Readonly<Record<string, readonly number[]>>): void;
  /** Called with the partitions that are read from their first record although the group has a position in them. */
  onRestart?(positions: readonly StalePosition[]): void;
}

export interface RunningConsumer {
  /** Leaves the group after the running handlers have finished. */
  stop(): Promise<void>;
}

/**
 * After a batch of so few records the next fetch waits a little: at 2,000 events a second, a fetch, a commit and a
 * transaction for each handful of records occupy most of a processor and delay everything. Large batches never wait.
 */
const SMALL_BATCH = { records: 200, lingerMs: 10 } as const;

/** The least bound on the bytes fetched of all partitions together. */
const LEAST_FETCH_BYTES = 10_485_760;

const TOPIC_ID_INTERVAL_MS = 15_000;

/**
 * Joins a group and passes each fetched batch to `onBatch`. Offsets are committed only by the batch's `commit`.
 *
 * A crash is reported and never retried here: kafkajs restarts a consumer endlessly on some errors, and on others (a
 * TypeError in a handler) stops it while the process keeps running and consumes nothing.
 */
export async function startConsumer(
  kafka: Kafka,
  settings: ConsumerSettings,
  onBatch: (batch: KafkaBatch) => Promise<void>,
  events: ConsumerEvents,
): Promise<RunningConsumer> {
  // Created before the group is joined: no position is then committed under the id of a topic that was created later.
  const guard = await createTopicGuard(kafka, settings);
  const consumer = kafka.consumer({
    groupId: settings.groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: Math.max(60_000, settings.sessionTimeoutMs),
    heartbeatInterval: Math.min(3_000, Math.floor(settings.sessionTimeoutMs / 3)),
    maxBytesPerPartition: settings.fetchBytes,
    // A fetch has room for all partitions that are handled at the same time; otherwise some of them wait for the next one.
    maxBytes: Math.max(LEAST_FETCH_BYTES, settings.maxFetchBytes ?? settings.fetchBytes * settings.concurrency),
    // A stop waits for the running fetch of an idle topic, by default for 5 s.
    maxWaitTimeInMs: 500,
    minBytes: 1,
    allowAutoTopicCreation: false,
    metadataMaxAge: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => false },
  });
  consumer.on('consumer.crash', ({ payload }: ConsumerCrashEvent) => events.onCrash(payload.error));
  // A batch belongs to the generation of the group in which it was fetched. kafkajs commits with its current generation,
  // which the broker accepts for any partition; so ownership of the batch is decided here.
  let generation = 0;
  // Incremented when every batch in progress must be abandoned at its next chunk.
  let failures = 0;
  let stopping = false;
  const readAhead = createReadAhead(settings.concurrency);
  // kafkajs exposes this commit only on a batch. `consumer.commitOffsets` is no substitute: it retries a rejected commit
  // under the next generation, and is a silent no-op once the consumer is stopping.
  let commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  const commit = createCommitter(async (topics) => {
    if (commitOffsets === undefined) throw new Error('cannot commit before anything was fetched');
    await commitOffsets({ topics });
  });

  const resumes = new Set<NodeJS.Timeout>();
  function later(ms: number, resume: () => void): void {
    const timer = setTimeout(() => {
      resumes.delete(timer);
      resume();
    }, ms);
    resumes.add(timer);
  }

  const unchangedSince = (then: number) => () => generation === then;

  /** Resolves when no partition of this generation has a stale position any more. */
  let positioned: Promise<void> = Promise.resolve();
  let comparing: Promise<void> | undefined;

  async function restartStalePartitions(assignment: Readonly<Record<string, number[]>>): Promise<void> {
    const isOwned = unchangedSince(generation);
    const stale = await guard.findStale(assignment);
    if (stale.length === 0 || !isOwned() || stopping) return;
    // Batches in progress were fetched at the stale positions.
    generation += 1;
    guard.restart(stale);
    for (const { topic, partition, start } of stale) consumer.seek({ topic, partition, offset: start });
    events.onRestart?.(stale);
  }

  /** Crashes the consumer when a topic was created again, so that it starts with the positions of the new topic. */
  const assertSameTopics = (topics?: readonly string[]): Promise<void> =>
    guard.assertSameTopics(topics).catch((error: Error) => {
      if (error instanceof TopicRecreated) events.onCrash(error);
      throw error;
    });

  async function handle(payload: EachBatchPayload): Promise<void> {
    const isOwned = unchangedSince(generation);
    await positioned;
    if (!isOwned() || guard.isStale(payload.batch)) return;
    commitOffsets = payload.commitOffsetsIfNecessary;
    const failuresThen = failures;
    const { topic } = payload.batch;
    const identity = { topicId: guard.idOf(topic), assertSameTopic: () => assertSameTopics([topic]) };
    const isCurrent = () => isOwned() && failures === failuresThen && !stopping;
    try {
      await readAhead.handle(payload, isOwned, (reach) =>
        onBatch(toKafkaBatch(payload, { ...identity, isOwned, isCurrent, commit, reach, later })),
      );
      // kafkajs sends a heartbeat as well, but on a rebalance it rejoins without waiting for the batches in progress here.
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
    guard.restart([]);
    if (settings.startAt === undefined) {
      positioned = restartStalePartitions(payload.memberAssignment);
      // A waiting batch throws this error; without a batch, kafkajs has no error to crash with.
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
    // Otherwise a new partition, or one whose position retention has deleted, would start at the end of the topic.
    await consumer.subscribe({ topics: [...settings.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: settings.concurrency,
      eachBatch: handle,
    });
  } catch (error) {
    // The next attempt makes a new consumer, so nothing of this one may stay connected.
    await consumer.disconnect();
    throw error;
  }
  const comparison = setInterval(() => {
    // A broker that cannot be reached is reported by the consumer itself.
    comparing = assertSameTopics().catch(() => undefined);
  }, settings.topicIdIntervalMs ?? TOPIC_ID_INTERVAL_MS);
  return {
    async stop() {
      stopping = true;
      clearInterval(comparison);
      for (const timer of resumes) clearTimeout(timer);
      await Promise.all([comparing, positioned.catch(() => undefined)]);
      // The group accepts no commits from former members, so batches finish before the consumer leaves.
      await readAhead.drain();
      await consumer.stop();
      await consumer.disconnect();
    },
  };
}
