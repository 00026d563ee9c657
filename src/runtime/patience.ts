import { setTimeout as sleep } from 'node:timers/promises';
import type { FetchedBatch } from '../kafka/consumer.ts';
import type { FetchedRecord } from '../kafka/records.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
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
  async function waitAwhile(pauseMs: number, batch: FetchedBatch, cause: string): Promise<void> {
    const key = partitionKey(batch.topic, batch.partition);
    status.waiting.set(key, cause);
    metrics.stageWaiting.set({ stage }, status.waiting.size);
    try {
      await pause(pauseMs, batch);
    } catch (error) {
      // The group takes the partition away; whoever gets it next waits in its own name.
      status.waiting.delete(key);
      throw error;
    }
  }

  return async function persist(batch, chunk, attempt) {
    for (let attempts = 1; ; attempts += 1) {
      try {
        await whileBeating(batch, attempt());
        if (status.waiting.delete(partitionKey(batch.topic, batch.partition))) {
          metrics.stageWaiting.set({ stage }, status.waiting.size);
        }
        return true;
      } catch (error) {
        if (isBug(error)) throw new FatalError(`${stage} failed in a way it does not know`, { cause: error });
        if (!batch.isActive()) return false;
        metrics.stageRetries.inc({ stage });
        const pauseMs = backoffMs(RETRY_BACKOFF, attempts, Math.random());
        const { topic, partition } = batch;
        const where = { stage, topic, partition, offset: chunk[0]?.offset, records: chunk.length, attempts, pauseMs };
        log.warn({ ...where, cause: (error as Error).message }, 'waiting for the world to heal');
        await waitAwhile(pauseMs, batch, (error as Error).message);
        if (!batch.isActive()) return false;
      }
    }
  };
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
