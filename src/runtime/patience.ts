import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type FetchedBatch, type FetchedRecord, PartitionLost } from '../record.ts';
import { backoffMs, isBug, RETRY_BACKOFF } from './backoff.ts';
import { FatalError } from './fatal.ts';
import { partitionKey, type StageStatus } from './status.ts';

const HEARTBEAT_MS = 1_000;

/** Does `attempt` until it works; resolves to false when the partition is no longer ours to work on. */
export type Persist = (
  batch: FetchedBatch,
  chunk: readonly FetchedRecord[],
  attempt: () => Promise<void>,
) => Promise<boolean>;

/**
 * How a stage takes trouble with the world: it waits, as long as it takes, while heartbeats keep the partition ours, and
 * says so in the log, a metric and its readiness. An error of this program is a {@link FatalError} instead.
 */
export function createPatience(
  stage: string,
  { log, metrics, status }: { log: Log; metrics: Metrics; status: StageStatus },
): Persist {
  /** Resolves when it is time to try again. Throws when the group takes the partition away: who has it next waits there. */
  async function waitAwhile(batch: FetchedBatch, chunk: readonly FetchedRecord[], attempts: number, cause: string) {
    const { topic, partition } = batch;
    const pauseMs = backoffMs(RETRY_BACKOFF, attempts, Math.random());
    metrics.stageRetries.inc({ stage });
    const where = { stage, topic, partition, offset: chunk[0]?.offset, records: chunk.length, attempts, pauseMs };
    log.warn({ ...where, cause }, 'waiting for the world to heal');
    status.waits(partitionKey(topic, partition), cause);
    await pause(pauseMs, batch);
  }

  async function persist(
    batch: FetchedBatch,
    chunk: readonly FetchedRecord[],
    attempt: () => Promise<void>,
  ): Promise<boolean> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        await whileBeating(batch, attempt());
        return true;
      } catch (error) {
        if (isBug(error)) throw new FatalError(`${stage} failed in a way it does not know`, { cause: error });
        // What the group said, kafkajs answers by joining it again.
        if (error instanceof PartitionLost && error.cause !== undefined) throw error.cause;
        if (!batch.isActive()) return false;
        await waitAwhile(batch, chunk, attempts, (error as Error).message);
        if (!batch.isActive()) return false;
      }
    }
  }

  return (batch, chunk, attempt) =>
    persist(batch, chunk, attempt).finally(() => status.resumes(partitionKey(batch.topic, batch.partition)));
}

/** Waits for `work` while telling the group that we live; a rebalance met meanwhile is reported by the heartbeat after it. */
async function whileBeating<T>(batch: FetchedBatch, work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    // The heartbeat that follows the chunk meets the same error again, and there it ends the batch.
    batch.heartbeat().catch(() => clearInterval(timer));
  }, HEARTBEAT_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** Waits, with heartbeats that throw when the group rebalances: records that wait must not hold up the group. */
async function pause(ms: number, batch: FetchedBatch): Promise<void> {
  const until = Date.now() + ms;
  while (Date.now() < until && batch.isActive()) {
    await batch.heartbeat();
    await sleep(Math.min(HEARTBEAT_MS, Math.max(0, until - Date.now())));
  }
}
