import type { Codec } from '../avro/codec.ts';
import type { Position } from '../kafka/admin/position.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type FetchedRecord, PartitionLost } from '../record.ts';
import { backoffMs, isBug, RETRY_BACKOFF } from './backoff.ts';
import { FatalError } from './fatal.ts';
import { chunksOf } from './loop.ts';
import { createPatience } from './patience.ts';
import type { Gathering, GatheringSink, ReadRecord } from './stage.ts';
import { partitionKey, type StageStatus } from './status.ts';

export interface GatherParts {
  readonly codec: Codec;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: StageStatus;
  /** What the group has committed for a partition. */
  readonly fetchPosition: (topic: string, partition: number) => Promise<Position>;
}

export interface GatherHandler {
  handleBatch(batch: KafkaBatch): Promise<void>;
  /** Completes what is due; trouble with the world waits, a bug throws {@link FatalError}. */
  settle(): Promise<void>;
}

/** A partition in hand. */
interface Held {
  readonly gathering: Gathering;
  /** False once the group may have given the partition to another. */
  readonly isOurs: () => boolean;
  /** Settles when nothing is done with the partition. */
  turn: Promise<void>;
  busy: boolean;
  failures: number;
  /** When to settle again after trouble, epoch milliseconds. */
  retryAt: number;
}

/** Apart from the partition itself: that records are taken in says nothing of what was gathered. */
const gathered = (key: string): string => `${key} (gathered)`;

/**
 * The loop for a {@link GatheringSink}: fetch, decode, take, go on; and once a second, complete what is due.
 *
 * A partition is begun anew in each generation of the group, from what is committed: what an earlier generation had
 * gathered is let go, because another consumer may have completed it meanwhile.
 */
export function createGatherHandler(sink: GatheringSink, parts: GatherParts): GatherHandler {
  const { codec, log, metrics, status } = parts;
  const stage = sink.name;
  const persist = createPatience(stage, parts);
  const held = new Map<string, Held>();

  async function begin(batch: KafkaBatch): Promise<Held> {
    const { topic, partition, isActive, commitAt } = batch;
    const key = partitionKey(topic, partition);
    const found = held.get(key);
    if (found?.isOurs()) return found;
    if (found !== undefined) await letGo(key, found);
    const { note } = await parts.fetchPosition(topic, partition);
    const commit = (next: bigint, text: string) => commitAt(String(next), text);
    const gathering = sink.gather({ topic, partition, note, commit });
    const begun = { gathering, isOurs: isActive, turn: Promise.resolve(), busy: false, failures: 0, retryAt: 0 };
    held.set(key, begun);
    return begun;
  }

  async function letGo(key: string, partition: Held): Promise<void> {
    if (held.get(key) === partition) held.delete(key);
    status.resumes(gathered(key));
    await exclusively(partition, async () => partition.gathering.abandon());
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
      await exclusively(partition, () => partition.gathering.settle());
      if (partition.failures > 0) status.resumes(gathered(key));
      partition.failures = 0;
    } catch (error) {
      if (isBug(error)) throw new FatalError(`${stage} failed in a way it does not know`, { cause: error });
      if (error instanceof PartitionLost || !partition.isOurs()) return;
      partition.failures += 1;
      const pauseMs = backoffMs(RETRY_BACKOFF, partition.failures, Math.random());
      partition.retryAt = Date.now() + pauseMs;
      const cause = (error as Error).message;
      status.waits(gathered(key), cause);
      metrics.stageRetries.inc({ stage });
      log.warn(
        { stage, partition: key, attempts: partition.failures, pauseMs, cause },
        'waiting for the world to heal',
      );
    }
  }

  return {
    async handleBatch(batch) {
      const key = partitionKey(batch.topic, batch.partition);
      for (const chunk of chunksOf(batch.records, sink.batch)) {
        const last = chunk.at(-1);
        if (last === undefined || !batch.isActive()) return;
        const stopTimer = metrics.stageSeconds.startTimer({ stage });
        const take = async () => {
          const partition = await begin(batch);
          const records = await decode(chunk);
          await exclusively(partition, () => partition.gathering.take(records));
        };
        if (!(await persist(batch, chunk, take)) || !batch.isActive()) return;
        batch.pass(last.offset);
        status.taken.set(key, BigInt(last.offset) + 1n);
        stopTimer();
        await batch.heartbeat();
      }
    },

    async settle() {
      const lost = [...held].filter(([, { busy, isOurs }]) => !busy && !isOurs());
      await Promise.all(lost.map(([key, partition]) => letGo(key, partition)));
      const due = [...held].filter(([, { busy, retryAt }]) => !busy && retryAt <= Date.now());
      await Promise.all(due.map(([key, partition]) => settleOne(key, partition)));
    },
  };
}

/** Runs `work` after whatever is done with the partition. */
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
