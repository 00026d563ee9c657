import type { Tracer } from '@opentelemetry/api';
import type { Codec } from '../avro/codec.ts';
import { isOfDeletedTopic, type Position } from '../kafka/admin/position.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type FetchedRecord, PartitionLost, partitionKey } from '../record.ts';
import { startChunkSpans } from './chunk-spans.ts';
import { chunksOf, limitChunks } from './chunks.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import { createPersist } from './persist.ts';
import { createRetryPolicy } from './retry-policy.ts';
import type { AccumulatingSink, Accumulator, ReadRecord } from './sink.ts';

export interface AccumulatingParts {
  readonly codec: Codec;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: ConsumerStatus;
  /** Records taken together, at most, whatever the sink itself allows. */
  readonly chunkRecords: number;
  /** Absent, no spans. */
  readonly tracer?: Tracer | undefined;
  /** The committed position of the group in a partition. */
  readonly fetchPosition: (topic: string, partition: number) => Promise<Position>;
}

export interface AccumulatingHandler {
  handleBatch(batch: KafkaBatch): Promise<void>;
  /** Moves and commits the position of the partition past the record at `offset`, which cannot be read. */
  pass(batch: KafkaBatch, offset: string): Promise<void>;
  /** Completes what is due. A failure of a dependency is retried later; a bug throws {@link FatalError}. */
  settle(): Promise<void>;
}

/** A partition with the accumulator of this generation of the group. */
interface Held {
  readonly accumulator: Accumulator;
  /** False once the group may have assigned the partition to another consumer. */
  readonly isOwned: () => boolean;
  /** Settles when no call of the accumulator is running. */
  turn: Promise<void>;
  busy: boolean;
  failures: number;
  /** The earliest time of the next attempt after a failure, epoch milliseconds. */
  retryAt: number;
}

/** Separate from the partition itself: taking records may go well while completing the accumulated ones fails. */
const accumulatedKey = (key: string): string => `${key} (accumulated)`;

/**
 * The loop of an {@link AccumulatingSink}: fetch, decode, take, continue; and once a second, complete what is due.
 *
 * Each generation of the group starts a partition again from its committed position and discards what an earlier
 * generation had accumulated, because another consumer may have completed it meanwhile.
 */
export function createAccumulatingHandler(sink: AccumulatingSink, parts: AccumulatingParts): AccumulatingHandler {
  const { codec, metrics, status, tracer } = parts;
  const stage = sink.name;
  const limits = limitChunks(sink.batch, parts.chunkRecords);
  const persist = createPersist(stage, parts);
  const policy = createRetryPolicy(stage, parts);
  const held = new Map<string, Held>();

  async function hold(batch: KafkaBatch): Promise<Held> {
    const { topic, topicId, partition, isOwned, commitAt } = batch;
    const key = partitionKey(topic, partition);
    const found = held.get(key);
    if (found?.isOwned()) return found;
    if (found !== undefined) await release(key, found);
    const position = await parts.fetchPosition(topic, partition);
    // A note about the records of a deleted topic does not apply to these.
    const note = isOfDeletedTopic(position, topicId) ? '' : position.note;
    const commit = (next: bigint, text: string) => commitAt(String(next), text);
    const accumulator = sink.accumulate({ topic, topicId, partition, note, commit });
    const started = { accumulator, isOwned, turn: Promise.resolve(), busy: false, failures: 0, retryAt: 0 };
    held.set(key, started);
    return started;
  }

  async function release(key: string, partition: Held): Promise<void> {
    if (held.get(key) === partition) held.delete(key);
    policy.abandoned(accumulatedKey(key));
    await exclusively(partition, async () => partition.accumulator.abandon());
  }

  async function decode(chunk: readonly FetchedRecord[]): Promise<ReadRecord[]> {
    const records: ReadRecord[] = [];
    for (const source of chunk) {
      const result = codec.decode(source.value);
      const content = result instanceof Promise ? await result : result;
      records.push({ source, content: content.ok ? content : undefined });
    }
    return records;
  }

  async function settleOne(key: string, partition: Held): Promise<void> {
    try {
      await exclusively(partition, () => partition.accumulator.settle());
      if (partition.failures > 0) policy.recovered(accumulatedKey(key));
      partition.failures = 0;
    } catch (error) {
      policy.assertTransient(error);
      if (error instanceof PartitionLost || !partition.isOwned()) return;
      partition.failures += 1;
      const fields = { partition: key };
      const pauseMs = policy.failed({ key: accumulatedKey(key), attempts: partition.failures, error, fields });
      partition.retryAt = Date.now() + pauseMs;
    }
  }

  function moveTo(batch: KafkaBatch, offset: string): void {
    batch.pass(offset);
    status.taken.set(partitionKey(batch.topic, batch.partition), BigInt(offset) + 1n);
  }

  return {
    async pass(batch, offset) {
      const partition = await hold(batch);
      await exclusively(partition, () => partition.accumulator.skip(BigInt(offset) + 1n));
      moveTo(batch, offset);
    },

    async handleBatch(batch) {
      for (const chunk of chunksOf(batch.records, limits)) {
        const last = chunk.at(-1);
        if (last === undefined || !batch.isActive()) return;
        const stopTimer = metrics.stageSeconds.startTimer({ stage });
        const take = async () => {
          // Before the partition is held: it may be abandoned while the registry is asked for a schema.
          const records = await decode(chunk);
          const partition = await hold(batch);
          await exclusively(partition, () => partition.accumulator.take(records));
        };
        const spans = tracer && startChunkSpans(tracer, stage, batch, chunk);
        const isTaken = await persist(batch, chunk, take).finally(() => spans?.end());
        if (!isTaken || !batch.isActive()) return;
        moveTo(batch, last.offset);
        stopTimer();
        await batch.heartbeat();
      }
    },

    async settle() {
      const lost = [...held].filter(([, { busy, isOwned }]) => !busy && !isOwned());
      await Promise.all(lost.map(([key, partition]) => release(key, partition)));
      const due = [...held].filter(([, { busy, retryAt }]) => !busy && retryAt <= Date.now());
      await Promise.all(due.map(([key, partition]) => settleOne(key, partition)));
    },
  };
}

/** Runs `work` once no other call of the partition's accumulator is running. */
async function exclusively(partition: Held, work: () => Promise<void>): Promise<void> {
  const before = partition.turn;
  const done = Promise.withResolvers<void>();
  partition.turn = done.promise;
  await before;
  partition.busy = true;
  try {
    await work();
  } finally {
    partition.busy = false;
    done.resolve();
  }
}
