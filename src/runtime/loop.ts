import type { AnyRecord } from '../avro/any-record.ts';
import type { Codec } from '../avro/codec.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { FetchedBatch, FetchedRecord } from '../record.ts';
import type { Breaker } from './breaker.ts';
import { chunksOf, limitChunks } from './chunks.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import type { DeadLetters } from './dead-letters.ts';
import { createPersist } from './persist.ts';
import type { DecodedRecord, Rejected, Work } from './stage.ts';

export interface LoopParts {
  readonly breaker: Breaker;
  readonly codec: Codec;
  readonly deadLetters: DeadLetters;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: ConsumerStatus;
  /** Records handled and committed together, at most, whatever the work itself allows. */
  readonly chunkRecords: number;
  /** When the system accepted what a record describes, epoch milliseconds; latency is measured from then. */
  readonly acceptedAt: (content: AnyRecord) => number | undefined;
}

/**
 * The loop of stages and sinks: fetch, decode, handle, make durable, commit, heartbeat, back off.
 *
 * A batch is handled in chunks as large as it allows: no chunk waits to be filled, so no record is delayed for the sake of
 * another. A chunk is committed once everything in it is durable, including its dead letters. Meanwhile one more batch of
 * the partition is fetched (`read-ahead.ts`), so a partition holds the bytes of two batches at most. Failures of
 * dependencies are retried: see {@link createPersist}.
 */
export function createBatchHandler(work: Work, parts: LoopParts) {
  const { breaker, codec, deadLetters, metrics } = parts;
  const stage = work.name;
  const limits = limitChunks(work.batch, parts.chunkRecords);
  const persist = createPersist(stage, parts);

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
  ): Promise<readonly DecodedRecord[]> {
    const { decoded, rejected } = await decode(chunk);
    const more = decoded.length > 0 ? await work.handle(decoded) : [];
    const all = [...rejected, ...more];
    judge(all);
    if (all.length > 0) await deadLetters.write(stage, all);
    return decoded;
  }

  function observe({ topic, partition, highWatermark }: FetchedBatch, last: FetchedRecord, acceptedAtMs: number): void {
    metrics.stageLatency.observe({ stage }, Math.max(0, Date.now() - acceptedAtMs) / 1_000);
    const lag = Number(BigInt(highWatermark) - BigInt(last.offset) - 1n);
    metrics.stageLag.set({ stage, topic, partition }, Math.max(0, lag));
  }

  /** Has the breaker judge one chunk; once it has passed, later attempts of the same chunk are not counted again. */
  function judgeOnce(topic: string, chunk: readonly FetchedRecord[]): (rejected: readonly Rejected[]) => void {
    let passed = false;
    return (rejected) => {
      if (passed) return;
      const bad = new Set(rejected.map(({ record }) => record));
      // The gauge is 1 until the verdict, and stays 1 for a chunk that the breaker holds back.
      metrics.stageBreaker.set({ stage, topic }, 1);
      breaker.judge(chunk.map((record) => bad.has(record)));
      passed = true;
      metrics.stageBreaker.set({ stage, topic }, 0);
    };
  }

  return async function handleBatch(batch: FetchedBatch): Promise<void> {
    for (const chunk of chunksOf(batch.records, limits)) {
      const [first] = chunk;
      const last = chunk.at(-1);
      if (first === undefined || last === undefined || !batch.isActive()) return;
      const stopTimer = metrics.stageSeconds.startTimer({ stage });
      const judge = judgeOnce(batch.topic, chunk);
      let accepted = first.timestamp;
      const handle = async () => {
        accepted = oldest(await handleOnce(chunk, judge), parts.acceptedAt) ?? first.timestamp;
      };
      if (!(await persist(batch, chunk, handle))) return;
      if (!(await persist(batch, chunk, () => batch.commit(last.offset)))) return;
      stopTimer();
      observe(batch, last, accepted);
      await batch.heartbeat();
    }
  };
}

/** When the first of the records was accepted, epoch milliseconds; undefined when no record has the time. */
function oldest(records: readonly DecodedRecord[], acceptedAt: LoopParts['acceptedAt']): number | undefined {
  let least: number | undefined;
  for (const { content } of records) {
    const accepted = acceptedAt(content);
    if (accepted !== undefined && (least === undefined || accepted < least)) least = accepted;
  }
  return least;
}
