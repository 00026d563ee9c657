import type { AnyRecord } from '../avro/any-record.ts';
import type { Codec } from '../avro/codec.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { FetchedBatch, FetchedRecord } from '../record.ts';
import type { Breaker } from './breaker.ts';
import type { DeadLetters } from './dead-letters.ts';
import { createPatience } from './patience.ts';
import type { DecodedRecord, Rejected, Work } from './stage.ts';
import type { StageStatus } from './status.ts';

export interface LoopParts {
  readonly breaker: Breaker;
  readonly codec: Codec;
  readonly deadLetters: DeadLetters;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: StageStatus;
  /** When the system accepted what a record describes, epoch milliseconds; latency is measured from then. */
  readonly acceptedAt: (content: AnyRecord) => number | undefined;
}

/**
 * The one loop: fetch, decode, handle, make durable, resolve, commit, heartbeat, back off.
 *
 * A batch is handled in chunks, as large as they come: none waits to be filled, so no record grows old for the sake of
 * another. A chunk is committed when everything in it is durable, its dead letters too; until then nothing is. One more batch
 * of a partition is fetched meanwhile (`read-ahead.ts`), so what is in hand is bounded by the bytes of two. Trouble with the
 * world is waited out: see {@link createPatience}.
 */
export function createBatchHandler(work: Work, parts: LoopParts) {
  const { breaker, codec, deadLetters, metrics } = parts;
  const stage = work.name;
  const persist = createPatience(stage, parts);

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
    await deadLetters.write(stage, all);
    return decoded;
  }

  function observe({ topic, partition, highWatermark }: FetchedBatch, last: FetchedRecord, acceptedAtMs: number): void {
    metrics.stageLatency.observe({ stage }, Math.max(0, Date.now() - acceptedAtMs) / 1_000);
    const lag = Number(BigInt(highWatermark) - BigInt(last.offset) - 1n);
    metrics.stageLag.set({ stage, topic, partition }, Math.max(0, lag));
  }

  /** Puts one chunk before the breaker; once it has passed, attempts that follow do not count it again. */
  function judgeOnce(topic: string, chunk: readonly FetchedRecord[]): (rejected: readonly Rejected[]) => void {
    let passed = false;
    return (rejected) => {
      if (passed) return;
      const bad = new Set(rejected.map(({ record }) => record));
      // Open until the verdict: a chunk the breaker holds back leaves it open.
      metrics.stageBreaker.set({ stage, topic }, 1);
      breaker.judge(chunk.map((record) => bad.has(record)));
      passed = true;
      metrics.stageBreaker.set({ stage, topic }, 0);
    };
  }

  return async function handleBatch(batch: FetchedBatch): Promise<void> {
    for (const chunk of chunksOf(batch.records, work.batch)) {
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

/** When the first of the records was taken in, epoch milliseconds; undefined where none tells. */
function oldest(records: readonly DecodedRecord[], acceptedAt: LoopParts['acceptedAt']): number | undefined {
  let least: number | undefined;
  for (const { content } of records) {
    const accepted = acceptedAt(content);
    if (accepted !== undefined && (least === undefined || accepted < least)) least = accepted;
  }
  return least;
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
