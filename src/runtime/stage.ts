import type { AnyRecord } from '../avro/codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { FetchedRecord } from '../kafka/records.ts';
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

/** What the loop runs: a stage or a sink, made alike. */
export interface Work {
  readonly name: string;
  readonly batch: { readonly maxRecords: number; readonly maxBytes: number };
  /** As {@link Sink.write}. */
  handle(records: readonly DecodedRecord[]): Promise<readonly Rejected[]>;
}
