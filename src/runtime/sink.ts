import type { AnyRecord } from '../avro/any-record.ts';
import type { FetchedRecord } from '../record.ts';
import type { ChunkLimits } from './chunks.ts';
import type { DecodedRecord, Delivery, Rejected } from './stage.ts';

/** The members that both kinds of sink have. */
interface SinkBase {
  readonly name: string;
  readonly batch: ChunkLimits;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** A sink stores records in another system. `write` may be called twice with the same records, in any order. */
export interface Sink extends SinkBase {
  /**
   * Resolves when every record but the rejected ones is durable. A bad record is returned. When a dependency fails it
   * throws; nothing is committed then, and it is called again with the same records.
   *
   * @param delivery the place of the records in their partition; absent where they are not all records of it, as in a replay.
   */
  write(records: readonly DecodedRecord[], delivery?: Delivery): Promise<readonly Rejected[]>;
  /**
   * Called before the records of a write are decoded. Throws, as `write` does, while the dependency is known to be
   * unavailable, so that a consumer that waits for hours decodes nothing in the meantime.
   */
  available?(): Promise<void>;
  /**
   * The time at which the dependency last acknowledged a part of a write, epoch milliseconds. A sink whose writes may take
   * minutes has it: a consumer that does not move is alive as long as its sink makes progress.
   */
  progressedAt?(): number;
  /**
   * The meaning of a consumer that waits for the dependency: `unready` (where absent) takes the process out of service;
   * `degraded` is reported by `/health/ready`, which stays 200, because the other roles of the process are well.
   */
  readonly waiting?: 'unready' | 'degraded';
}

/**
 * A sink whose results span many batches. It holds back the offsets of the records it has taken until a result is complete
 * and commits them itself. It takes every record, including those that cannot be decoded, and rejects none.
 */
export interface AccumulatingSink extends SinkBase {
  /** Starts on a partition that was just assigned. Records taken earlier but never committed are fetched again. */
  accumulate(partition: OwnedPartition): Accumulator;
}

/** Accumulates the records of one partition. Its calls throw as {@link Sink.write} does and never overlap. */
export interface Accumulator {
  /** Takes records, in order. When it throws it is called again with the same records, some of which it may have taken. */
  take(records: readonly ReadRecord[]): Promise<void>;
  /**
   * Passes over records that cannot be read: completes and commits what was taken before them, and commits `next`. When it
   * throws it is called again.
   */
  skip(next: bigint): Promise<void>;
  /** Called every second: completes a result that is due although no record arrives. */
  settle(): Promise<void>;
  /** Discards what was accumulated, because the partition was assigned to another consumer. */
  abandon(): void;
}

/** One partition for as long as the group assigns it to this process. */
export interface OwnedPartition {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  /** Kafka's id of the topic, which a topic created again does not share; undefined on a broker without topic ids. */
  readonly topicId: string | undefined;
  readonly partition: number;
  /** The note of the last commit, by this owner or an earlier one; empty when there is none. */
  readonly note: string;
  /** Commits `next` as the offset to start from, with a note. Throws once the partition may belong to another consumer. */
  commit(next: bigint, note: string): Promise<void>;
}

/** A fetched record, decoded if its bytes allow it. */
export interface ReadRecord {
  readonly source: FetchedRecord;
  readonly content: AnyRecord | undefined;
}
