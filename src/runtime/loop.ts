import { setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../avro/codec.ts';
import type { FetchedBatch } from '../kafka/consumer.ts';
import type { FetchedRecord } from '../kafka/records.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { backoffMs, isBug, RETRY_BACKOFF } from './backoff.ts';
import { type Breaker, BreakerOpen } from './breaker.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DecodedRecord, Rejected, Work } from './stage.ts';
import { partitionKey, type StageStatus } from './status.ts';

export interface LoopParts {
  readonly breaker: Breaker;
  readonly codec: Codec;
  readonly deadLetters: DeadLetters;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: StageStatus;
}

/** An error that no attempt will mend. The process ends by it. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
}

const HEARTBEAT_MS = 1_000;

/**
 * The one loop: fetch, decode, handle, make durable, resolve, commit, heartbeat, back off.
 *
 * A batch is handled in chunks. A chunk is committed when everything in it is durable, its dead letters too; until then
 * nothing is. Trouble with the world is waited out here, as long as it takes, while heartbeats keep the partition ours.
 */
export function createBatchHandler(work: Work, parts: LoopParts) {
  const { breaker, codec, deadLetters, log, metrics, status } = parts;
  const stage = work.name;

  async function decode(chunk: readonly FetchedRecord[]): Promise<{ decoded: DecodedRecord[]; rejected: Rejected[] }> {
    const decoded: DecodedRecord[] = [];
    const rejected: Rejected[] = [];
    for (const record of chunk) {
      const result = codec.decode(record.value);
      const content = result instanceof Promise ? await result : result;
      if (content.ok) decoded.push({ source: record, content });
      else rejected.push({ record, code: content.code, message: content.message });
    }
    return { decoded, rejected };
  }

  async function handleOnce(
    chunk: readonly FetchedRecord[],
    judge: (rejected: readonly Rejected[]) => void,
  ): Promise<void> {
    const { decoded, rejected } = await decode(chunk);
    const more = decoded.length > 0 ? await work.handle(decoded) : [];
    const all = [...rejected, ...more];
    judge(all);
    await deadLetters.write(stage, all);
  }

  /** Puts one chunk before the breaker; once it has passed, attempts that follow do not count it again. */
  function judgeOnce(chunk: readonly FetchedRecord[]): (rejected: readonly Rejected[]) => void {
    let passed = false;
    return (rejected) => {
      if (passed) return;
      const bad = new Set(rejected.map(({ record }) => record));
      breaker.judge(chunk.map((record) => bad.has(record)));
      passed = true;
      metrics.stageBreaker.set({ stage }, 0);
    };
  }

  /** Tries until it works; returns false when the partition is no longer ours to work on. */
  async function handle(chunk: readonly FetchedRecord[], batch: FetchedBatch): Promise<boolean> {
    const judge = judgeOnce(chunk);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await whileBeating(batch, handleOnce(chunk, judge));
        if (status.waiting.delete(partitionKey(batch.topic, batch.partition))) {
          metrics.stageWaiting.set({ stage }, status.waiting.size);
        }
        return true;
      } catch (error) {
        if (isBug(error)) throw new FatalError(`${stage} failed in a way it does not know`, { cause: error });
        if (!batch.isActive()) return false;
        metrics.stageRetries.inc({ stage });
        if (error instanceof BreakerOpen) metrics.stageBreaker.set({ stage }, 1);
        const pauseMs = backoffMs(RETRY_BACKOFF, attempt, Math.random());
        const { topic, partition } = batch;
        const where = { stage, topic, partition, offset: chunk[0]?.offset, records: chunk.length, attempt, pauseMs };
        log.warn({ ...where, cause: (error as Error).message }, 'waiting for the world to heal');
        await waitAwhile(pauseMs, batch, (error as Error).message);
        if (!batch.isActive()) return false;
      }
    }
  }

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

  return async function handleBatch(batch: FetchedBatch): Promise<void> {
    for (const chunk of chunksOf(batch.records, work.batch)) {
      const [first] = chunk;
      const last = chunk.at(-1);
      if (first === undefined || last === undefined || !batch.isActive()) return;
      const stopTimer = metrics.stageSeconds.startTimer({ stage });
      if (!(await handle(chunk, batch))) return;
      await batch.commit(last.offset);
      stopTimer();
      metrics.stageLatency.observe({ stage }, Math.max(0, Date.now() - first.timestamp) / 1_000);
      const lag = Number(BigInt(batch.highWatermark) - BigInt(last.offset) - 1n);
      metrics.stageLag.set({ stage, topic: batch.topic, partition: batch.partition }, Math.max(0, lag));
      await batch.heartbeat();
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

/** Cuts records into chunks by number and bytes; a record beyond `maxBytes` is a chunk of its own. */
export function* chunksOf(
  records: readonly FetchedRecord[],
  limits: Work['batch'],
): Generator<readonly FetchedRecord[]> {
  let chunk: FetchedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value?.length ?? 0;
    if (chunk.length > 0 && (chunk.length >= limits.maxRecords || bytes + size > limits.maxBytes)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
