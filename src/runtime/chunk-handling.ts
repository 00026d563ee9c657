import type { AnyRecord } from '../avro/any-record.ts';
import type { Codec } from '../avro/codec.ts';
import type { Metrics } from '../metrics.ts';
import type { FetchedBatch, FetchedRecord } from '../record.ts';
import type { Breaker } from './breaker.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DecodedRecord, Delivery, Rejected, Work } from './stage.ts';

export interface HandlingParts {
  readonly breaker: Breaker;
  readonly codec: Codec;
  readonly deadLetters: DeadLetters;
  readonly metrics: Metrics;
  /**
   * The time at which the system accepted the event or command of a record, epoch milliseconds; latency is measured
   * from then.
   */
  readonly acceptedAt: (content: AnyRecord) => number | undefined;
}

/**
 * The attempts to make one chunk durable. A record that one attempt has made durable is not handled again by the next:
 * the breaker can hold a chunk for hours, and a stage would emit its good records at each attempt. The rejected records
 * are handled again, because the cause may have been removed in the meantime.
 */
export class ChunkHandling {
  readonly #work: Work;
  readonly #parts: HandlingParts;
  readonly #batch: FetchedBatch;
  readonly #chunk: readonly FetchedRecord[];
  /** The records that are not durable yet. */
  #left: readonly FetchedRecord[];
  #isJudged = false;
  /** Records that could not be decoded so far. */
  #undecoded = new Set<FetchedRecord>();
  #acceptedAtMs: number[] = [];

  constructor(work: Work, parts: HandlingParts, batch: FetchedBatch, chunk: readonly FetchedRecord[]) {
    this.#work = work;
    this.#parts = parts;
    this.#batch = batch;
    this.#chunk = chunk;
    this.#left = chunk;
  }

  /** When each record that could be decoded was accepted, epoch milliseconds; those without the time are left out. */
  get acceptedAtMs(): readonly number[] {
    return this.#acceptedAtMs;
  }

  /** Resolves when every record of the chunk is durable, or is a dead letter. */
  async attempt(): Promise<void> {
    await this.#work.available?.();
    const { decoded, rejected } = await this.#decode();
    this.#noteAccepted(decoded, rejected);
    const more = decoded.length > 0 ? await this.#work.handle(decoded, this.#delivery()) : [];
    const all = [...rejected, ...more];
    this.#left = all.map(({ record }) => record);
    this.#judge();
    if (all.length > 0) await this.#parts.deadLetters.write(this.#work.name, all);
  }

  async #decode(): Promise<{ decoded: DecodedRecord[]; rejected: Rejected[] }> {
    const { codec } = this.#parts;
    const decoded: DecodedRecord[] = [];
    const rejected: Rejected[] = [];
    for (const record of this.#left) {
      const result = codec.decode(record.value);
      const content = result instanceof Promise ? await result : result;
      if (content.ok) decoded.push({ source: record, content });
      else rejected.push({ record, code: content.code, message: content.message });
    }
    return { decoded, rejected };
  }

  /** A later attempt adds only the records that could not be decoded before; the others are recorded already. */
  #noteAccepted(decoded: readonly DecodedRecord[], rejected: readonly Rejected[]): void {
    const isWhole = this.#left === this.#chunk;
    if (isWhole) this.#acceptedAtMs = [];
    for (const { source, content } of decoded) {
      if (!isWhole && !this.#undecoded.has(source)) continue;
      const accepted = this.#parts.acceptedAt(content);
      if (accepted !== undefined) this.#acceptedAtMs.push(accepted);
    }
    this.#undecoded = new Set(rejected.map(({ record }) => record));
  }

  #delivery(): Delivery {
    const { topicId, partition } = this.#batch;
    return { topicId, partition, first: this.#chunk[0]?.offset ?? '', last: this.#chunk.at(-1)?.offset ?? '' };
  }

  /** Has the breaker judge the whole chunk; once it has passed, later attempts are not counted again. */
  #judge(): void {
    if (this.#isJudged) return;
    const { breaker, metrics } = this.#parts;
    const labels = { stage: this.#work.name, topic: this.#batch.topic };
    const bad = new Set(this.#left);
    // The gauge is 1 until the verdict, and stays 1 for a chunk that the breaker holds back.
    metrics.stageBreaker.set(labels, 1);
    breaker.judge(this.#chunk.map((record) => bad.has(record)));
    this.#isJudged = true;
    metrics.stageBreaker.set(labels, 0);
  }
}
