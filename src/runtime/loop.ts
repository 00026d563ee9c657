import type { Tracer } from '@opentelemetry/api';
import type { Log } from '../log.ts';
import { observeTraced } from '../metrics/observe-traced.ts';
import type { FetchedBatch, FetchedRecord } from '../record.ts';
import { ChunkHandling, type HandlingParts } from './chunk-handling.ts';
import { startChunkSpans } from './chunk-spans.ts';
import { chunksOf, limitChunks } from './chunks.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import { createPersist, idsOfChunk } from './persist.ts';
import type { Work } from './stage.ts';

/** The age up to which an event is fresh when it is committed: the service level of docs/operations.md. */
const FRESH_MS = 5_000;

export interface LoopParts extends HandlingParts {
  readonly log: Log;
  readonly status: ConsumerStatus;
  /** Records handled and committed together, at most, whatever the work itself allows. */
  readonly chunkRecords: number;
  /** Absent, no spans. */
  readonly tracer?: Tracer | undefined;
}

/**
 * The loop of stages and sinks: fetch, decode, handle, make durable, commit, heartbeat, back off.
 *
 * A batch is handled in chunks as large as it allows: no chunk waits to be filled, so no record is delayed for another.
 * A chunk is committed once everything in it is durable, including its dead letters. Meanwhile one more batch of the
 * partition is fetched (`read-ahead.ts`), so a partition holds the bytes of two batches at most. Failures of
 * dependencies are retried: see {@link createPersist}.
 */
export function createBatchHandler(work: Work, parts: LoopParts) {
  const { log, metrics, tracer } = parts;
  const stage = work.name;
  const limits = limitChunks(work.batch, parts.chunkRecords);
  const persist = createPersist(stage, parts);

  function observe(
    { topic, partition, highWatermark }: FetchedBatch,
    last: FetchedRecord,
    accepted: readonly number[],
    writtenAtMs: number,
    traceId: string | undefined,
  ): void {
    const nowMs = Date.now();
    const oldestMs = accepted.length === 0 ? writtenAtMs : accepted.reduce((least, at) => Math.min(least, at));
    observeTraced(metrics.stageLatency, { stage }, Math.max(0, nowMs - oldestMs) / 1_000, traceId);
    metrics.stageEvents.inc({ stage }, accepted.length);
    // They are counted one by one only if the oldest is late.
    const late = nowMs - oldestMs <= FRESH_MS ? 0 : accepted.filter((at) => nowMs - at > FRESH_MS).length;
    metrics.stageLate.inc({ stage }, late);
    const lag = Number(BigInt(highWatermark) - BigInt(last.offset) - 1n);
    metrics.stageLag.set({ stage, topic, partition }, Math.max(0, lag));
  }

  /** Handles and commits one chunk. False: the batch must be abandoned. */
  async function handleChunk(
    batch: FetchedBatch,
    chunk: readonly [FetchedRecord, ...FetchedRecord[]],
    traceId: string | undefined,
  ): Promise<boolean> {
    const [first] = chunk;
    const last = chunk.at(-1) ?? first;
    const stopTimer = metrics.stageSeconds.startTimer({ stage });
    const handling = new ChunkHandling(work, parts, batch, chunk);
    if (!(await persist(batch, chunk, () => handling.attempt()))) return false;
    if (!(await persist(batch, chunk, () => batch.commit(last.offset)))) return false;
    const seconds = stopTimer();
    if (log.isLevelEnabled('debug')) {
      const { topic, partition } = batch;
      const place = { stage, topic, partition, offset: first.offset, records: chunk.length };
      log.debug({ ...place, seconds, ...idsOfChunk(chunk) }, 'chunk committed');
    }
    observe(batch, last, handling.acceptedAtMs, first.timestamp, traceId);
    return true;
  }

  return async function handleBatch(batch: FetchedBatch): Promise<void> {
    for (const chunk of chunksOf(batch.records, limits)) {
      if (!isFilled(chunk) || !batch.isActive()) return;
      const spans = tracer && startChunkSpans(tracer, stage, batch, chunk);
      try {
        const isDone = await handleChunk(batch, chunk, spans?.traceId);
        spans?.end(isDone ? undefined : ABANDONED);
        if (!isDone) return;
      } catch (error) {
        spans?.end(error);
        throw error;
      }
      await batch.heartbeat();
    }
  };
}

const ABANDONED = 'the partition was given to another consumer, or the process stops';

const isFilled = (chunk: readonly FetchedRecord[]): chunk is readonly [FetchedRecord, ...FetchedRecord[]] =>
  chunk.length > 0;
