import type { AnyRecord } from '../avro/any-record.ts';
import type { ErrorCode } from '../errors.ts';
import type { FetchedRecord } from '../record.ts';
import type { Topic } from '../topics.ts';

/** A record that was read and decoded. */
export interface DecodedRecord {
  readonly source: FetchedRecord;
  readonly content: AnyRecord;
}

/** What happens to a record: it goes on, it ends here on purpose, or it is bad and becomes a dead letter. */
export type Outcome =
  | { readonly kind: 'emit'; readonly topic: Topic; readonly content: AnyRecord }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'reject'; readonly code: ErrorCode; readonly message: string };

/** A stage turns records of one topic into records of others. `transform` is pure and deterministic. */
export interface Stage {
  readonly name: string;
  readonly from: Topic;
  readonly to: readonly Topic[];
  transform(record: AnyRecord): Outcome;
}

/** A record that cannot be processed, and why. It becomes a dead letter. */
export interface Rejected {
  readonly record: FetchedRecord;
  readonly code: ErrorCode;
  readonly message: string;
}

/** A sink brings records to rest. `write` is safe to call twice with the same records, in any order. */
export interface Sink {
  readonly name: string;
  readonly from: readonly Topic[];
  readonly batch: { readonly maxRecords: number; readonly maxBytes: number };
  open(): Promise<void>;
  /**
   * Resolves when every record but the rejected ones is durable. About a bad record it returns; about trouble with the
   * world it throws, nothing is committed, and it is called again with the same records.
   */
  write(records: readonly DecodedRecord[]): Promise<readonly Rejected[]>;
  close(): Promise<void>;
}

/** A record that was read, and decoded where its bytes allow. */
export interface ReadRecord {
  readonly source: FetchedRecord;
  readonly content: AnyRecord | undefined;
}

/**
 * A sink whose results span many batches. It holds back the offsets of what it has taken until a result is complete and
 * commits them itself. It takes every record, those that cannot be decoded too, and rejects none.
 */
export interface GatheringSink {
  readonly name: string;
  readonly from: readonly Topic[];
  readonly batch: Sink['batch'];
  open(): Promise<void>;
  /** Starts on a partition that has just become ours. What an earlier start had taken and not committed comes again. */
  gather(partition: OwnedPartition): Gathering;
  close(): Promise<void>;
}

/** One partition while the group leaves it to us. */
export interface OwnedPartition {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  /** What was noted with the last commit, by us or by who had the partition before; empty where nothing was. */
  readonly note: string;
  /** Commits `next` as the offset to start from, with a note. Throws once the partition may be another's. */
  commit(next: bigint, note: string): Promise<void>;
}

/** What a {@link GatheringSink} does with one partition. Its calls throw as {@link Sink.write} does and never overlap. */
export interface Gathering {
  /** Takes records, in order. When it throws it is called again with the same ones, of which it may have taken some. */
  take(records: readonly ReadRecord[]): Promise<void>;
  /** Called every second: completes what is due although no record comes. */
  settle(): Promise<void>;
  /** Lets go of what was gathered: the partition is not ours any more. */
  abandon(): void;
}

/** What the loop runs: a stage or a sink, made alike. */
export interface Work {
  readonly name: string;
  readonly batch: { readonly maxRecords: number; readonly maxBytes: number };
  /** As {@link Sink.write}. */
  handle(records: readonly DecodedRecord[]): Promise<readonly Rejected[]>;
}
