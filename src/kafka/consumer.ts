import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerCrashEvent, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { FetchedMessage } from './record-batch.ts';
import type { FetchedRecord } from './records.ts';

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
}

/** Records of one partition, in order, with what their handler may do about them. */
export interface FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly FetchedRecord[];
  /** Offset after the last record of the partition, decimal text. */
  readonly highWatermark: string;
  /** Tells the group that we live. Throws when the group is rebalancing: the handler lets go of the batch. */
  heartbeat(): Promise<void>;
  /**
   * Commits everything up to and including the record at `offset`; the next fetch starts behind it. Works while the
   * consumer stops, too. As {@link commitAt} otherwise.
   */
  commit(offset: string): Promise<void>;
  /** Lets the next fetch start behind the record at `offset`, with nothing committed. */
  pass(offset: string): void;
  /**
   * Commits `next` as the offset to start from, with a note for whoever starts there; the handler may have returned long
   * ago. One attempt, known to count only while the partition is ours; throws {@link PartitionLost} when it is not.
   */
  commitAt(next: string, note: string): Promise<void>;
  /** Fetches no more of this partition, for as long as the consumer runs. */
  pause(): void;
  /** False once the consumer stops, the group rebalances or the position was moved: the rest is not ours to handle. */
  isActive(): boolean;
}

/** The group may have given the partition to another consumer. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost';
}

export interface ConsumerEvents {
  /** The consumer ended by an error and consumes nothing any more. */
  onCrash(error: Error): void;
  /** The group gave us these partitions. */
  onAssigned(partitions: Readonly<Record<string, readonly number[]>>): void;
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

const nextOffset = (offset: string): string => String(BigInt(offset) + 1n);

/**
 * Joins a group and hands each fetched batch to `onBatch`. Nothing is committed but by `commit`.
 *
 * A crash is reported, never retried here: kafkajs restarts a consumer for ever on some errors, and on others (a TypeError
 * in a handler) stops it while the process lives on, consuming nothing.
 */
export async function startConsumer(
  kafka: Kafka,
  settings: ConsumerSettings,
  onBatch: (batch: FetchedBatch) => Promise<void>,
  events: ConsumerEvents,
): Promise<RunningConsumer> {
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
  consumer.on('consumer.rebalancing', () => {
    generation += 1;
  });
  consumer.on('consumer.group_join', ({ payload }) => {
    generation += 1;
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
      eachBatch: async (payload) => {
        const fetchedIn = generation;
        const isOurs = () => generation === fetchedIn;
        await onBatch(toFetchedBatch(payload, isOurs));
        if (payload.batch.messages.length < SMALL_BATCH.records) await sleep(SMALL_BATCH.lingerMs);
      },
    });
  } catch (error) {
    // It is tried again by making another, so nothing of this one may stay connected.
    await consumer.disconnect();
    throw error;
  }
  return {
    async stop() {
      await consumer.stop();
      await consumer.disconnect();
    },
  };
}

/** How the coordinator says that a commit comes from a past generation of the group. */
const LOST: ReadonlySet<string> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS']);

function toFetchedBatch({ batch, ...control }: EachBatchPayload, isOurs: () => boolean): FetchedBatch {
  const { topic, partition } = batch;
  const lost = (cause?: unknown) => new PartitionLost(`${topic}/${partition} is not ours any more`, { cause });

  async function commitAt(next: string, note: string): Promise<void> {
    if (!isOurs()) throw lost();
    const partitions = [{ partition, offset: next, metadata: note }];
    // Not consumer.commitOffsets: it repeats what a generation was refused with the generation that follows, and once the
    // consumer stops it does nothing and says nothing.
    await control.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] }).catch((error: { type?: string }) => {
      throw LOST.has(error.type ?? '') ? lost(error) : error;
    });
  }

  return {
    topic,
    partition,
    highWatermark: batch.highWatermark,
    records: batch.messages.map((message) => toFetchedRecord(message, topic, partition)),
    heartbeat: control.heartbeat,
    async commit(offset) {
      await commitAt(nextOffset(offset), '');
      if (isOurs()) control.resolveOffset(offset);
    },
    pass: (offset) => control.resolveOffset(offset),
    pause: () => void control.pause(),
    commitAt,
    isActive: () => isOurs() && control.isRunning() && !control.isStale(),
  };
}

function toFetchedRecord(message: KafkaMessage, topic: string, partition: number): FetchedRecord {
  if (message instanceof FetchedMessage) {
    message.topic = topic;
    message.partition = partition;
    return message;
  }
  const { offset, timestamp, key, value, headers = {} } = message;
  return { topic, partition, offset, timestamp: Number(timestamp), key, value, headers };
}
