import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, type LoggedIds, loggedIds } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type FetchedBatch, type FetchedRecord, headerText, PartitionLost, partitionKey } from '../record.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import { createRetryPolicy } from './retry-policy.ts';

const HEARTBEAT_MS = 1_000;

/** Repeats `attempt` until it succeeds; resolves to false when the batch must be abandoned instead. */
export type Persist = (
  batch: FetchedBatch,
  chunk: readonly FetchedRecord[],
  attempt: () => Promise<void>,
) => Promise<boolean>;

/**
 * Applies the {@link createRetryPolicy | retry policy} to the chunk of a batch: between attempts, and while one runs,
 * heartbeats keep the partition. A bug throws a {@link FatalError}.
 */
export function createPersist(
  consumer: string,
  parts: { log: Log; metrics: Metrics; status: ConsumerStatus },
): Persist {
  const policy = createRetryPolicy(consumer, parts);

  async function persist(
    batch: FetchedBatch,
    chunk: readonly FetchedRecord[],
    attempt: () => Promise<void>,
  ): Promise<boolean> {
    const { topic, partition } = batch;
    const key = partitionKey(topic, partition);
    const fields = { topic, partition, offset: chunk[0]?.offset, records: chunk.length };
    for (let attempts = 1; ; attempts += 1) {
      try {
        await withHeartbeats(batch, attempt());
        policy.recovered(key);
        return true;
      } catch (error) {
        policy.assertTransient(error);
        // Rethrow the coordinator's own error: kafkajs recognises it and rejoins the group.
        if (error instanceof PartitionLost && error.cause !== undefined) throw error.cause;
        if (!batch.isActive()) return false;
        const pauseMs = policy.failed({ key, attempts, error, fields: { ...fields, ...idsOfChunk(chunk) } });
        await pause(pauseMs, batch);
        if (!batch.isActive()) return false;
      }
    }
  }

  return (batch, chunk, attempt) =>
    persist(batch, chunk, attempt).finally(() => policy.abandoned(partitionKey(batch.topic, batch.partition)));
}

/** Sends heartbeats until `work` settles. The heartbeat after the chunk reports a rebalance that happens meanwhile. */
async function withHeartbeats<T>(batch: FetchedBatch, work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    // The heartbeat that follows the chunk fails with the same error, which then ends the batch.
    batch.heartbeat().catch(() => clearInterval(timer));
  }, HEARTBEAT_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** Waits, with heartbeats that throw when the group rebalances: a chunk that waits must not hold up the group. */
async function pause(ms: number, batch: FetchedBatch): Promise<void> {
  const until = Date.now() + ms;
  while (Date.now() < until && batch.isActive()) {
    await batch.heartbeat();
    await sleep(Math.min(HEARTBEAT_MS, Math.max(0, until - Date.now())));
  }
}

/** The ids of the first record of a chunk, with which its others were sent or read. */
export function idsOfChunk([first]: readonly FetchedRecord[]): LoggedIds {
  if (first === undefined) return {};
  return loggedIds(headerText(first.headers, 'traceparent'), headerText(first.headers, 'correlation-id'));
}
