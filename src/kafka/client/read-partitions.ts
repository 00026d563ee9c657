import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { FetchedRecord } from '../../record.ts';
import { createCluster } from '../connection/create-cluster.ts';
import type { FetchedMessage } from '../wire/fetched-message.ts';
import { UnreadableMessage } from '../wire/unreadable-message.ts';

/** A partition and the offset to read next, which {@link readPartitions} advances. */
export interface ReadPosition {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  next: number;
}

export interface ReadHandlers {
  /** Called with the records of one partition, in order. */
  onRecords(position: Readonly<ReadPosition>, records: readonly FetchedRecord[]): Promise<void> | void;
  /** Called with a batch that cannot be read, and is passed over. */
  onUnreadable(position: Readonly<ReadPosition>, reason: string): void;
  /** Called after each answer of a broker, whether it contains records or not. */
  onProgress(): void;
}

interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly { topic: string; partitions: readonly PartitionRequest[] }[];
}

interface PartitionRequest {
  readonly partition: number;
  readonly fetchOffset: string;
  readonly maxBytes: number;
}

interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[];
  }[];
}

type Message = FetchedMessage | UnreadableMessage;

interface Cluster {
  connect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>;
  findBroker(of: { nodeId: string }): Promise<{ fetch(request: FetchRequest): Promise<FetchAnswer> }>;
  disconnect(): Promise<void>;
}

const METADATA_MAX_AGE_MS = 30_000;
/** A stop waits for the running fetch of an idle topic. */
const MAX_WAIT_MS = 500;
const MAX_BYTES = 8 * 1_048_576;
const READ_COMMITTED = 1;
/** After an answer with so few records the next fetch waits a little; see `consumer.ts`. */
const SMALL_ANSWER = { records: 200, lingerMs: 10 } as const;

/**
 * Reads partitions from given offsets on, as a member of no consumer group: nothing is committed, no other process is
 * affected, and a process that is killed leaves nothing on the broker. Resolves when `signal` aborts; rejects when a leader
 * moves, a broker does not answer or an offset does not exist, and may then be called again with the same positions.
 *
 * @param fetchBytes bytes fetched of one partition at a time.
 */
export async function readPartitions(
  kafka: Kafka,
  positions: readonly ReadPosition[],
  fetchBytes: number,
  handlers: ReadHandlers,
  signal: AbortSignal,
): Promise<void> {
  const cluster = createCluster<Cluster>(kafka, { metadataMaxAge: METADATA_MAX_AGE_MS });
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  try {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([...new Set(positions.map(({ topic }) => topic))]);
    const loops = [...byLeader(cluster, positions)].map(async ([nodeId, led]) => {
      while (!stopped.aborted) {
        await cluster.refreshMetadataIfNecessary();
        const broker = await cluster.findBroker({ nodeId });
        const answer = await broker.fetch(requestOf(led, fetchBytes));
        const records = stopped.aborted ? 0 : await handle(answer, led, handlers);
        handlers.onProgress();
        if (records < SMALL_ANSWER.records) await sleep(SMALL_ANSWER.lingerMs);
      }
    });
    // The first loop that fails ends the others, and all have ended before the connection is closed.
    await Promise.all(loops.map((loop) => loop.finally(() => stop.abort()))).finally(() => Promise.allSettled(loops));
  } finally {
    stop.abort();
    await cluster.disconnect();
  }
}

function byLeader(cluster: Cluster, positions: readonly ReadPosition[]): Map<string, ReadPosition[]> {
  const led = new Map<string, ReadPosition[]>();
  for (const position of positions) {
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(position.topic, [position.partition]));
    if (nodeId === undefined) throw new Error(`${position.topic}/${position.partition} has no leader`);
    led.set(nodeId, [...(led.get(nodeId) ?? []), position]);
  }
  return led;
}

function requestOf(positions: readonly ReadPosition[], fetchBytes: number): FetchRequest {
  const topics = new Map<string, PartitionRequest[]>();
  for (const { topic, partition, next } of positions) {
    const partitions = topics.get(topic) ?? [];
    partitions.push({ partition, fetchOffset: String(next), maxBytes: fetchBytes });
    topics.set(topic, partitions);
  }
  return {
    maxWaitTime: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes: MAX_BYTES,
    isolationLevel: READ_COMMITTED,
    topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
  };
}

/** Hands on the records of an answer, moves the positions, and returns the number of records. */
async function handle(
  answer: FetchAnswer,
  positions: readonly ReadPosition[],
  handlers: ReadHandlers,
): Promise<number> {
  let count = 0;
  for (const { topicName, partitions } of answer.responses) {
    for (const { partition, messages } of partitions) {
      const position = positions.find((one) => one.topic === topicName && one.partition === partition);
      if (position === undefined || messages.length === 0) continue;
      count += await handlePartition(position, messages, handlers);
    }
  }
  return count;
}

async function handlePartition(
  position: ReadPosition,
  messages: readonly Message[],
  { onRecords, onUnreadable }: ReadHandlers,
): Promise<number> {
  const records: FetchedRecord[] = [];
  let { next } = position;
  for (const message of messages) {
    if (message instanceof UnreadableMessage) {
      const { lastOffset, reason } = message.batch;
      onUnreadable(position, reason);
      // Without the end of the batch, which the broker itself cannot read, the next offset is tried.
      next = lastOffset === undefined ? next + 1 : Number(lastOffset) + 1;
      continue;
    }
    const offset = Number(message.offset);
    // The broker sends whole batches: the first one may begin before the offset that was asked for.
    if (offset < next) continue;
    next = offset + 1;
    if (message.isControlRecord) continue;
    message.topic = position.topic;
    message.partition = position.partition;
    records.push(message);
  }
  if (records.length > 0) await onRecords(position, records);
  position.next = next;
  return records.length;
}
