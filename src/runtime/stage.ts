import type { AnyRecord } from '../avro/any-record.ts';
import type { ErrorCode } from '../errors.ts';
import type { FetchedRecord } from '../record.ts';
import type { Topic } from '../topics.ts';
import type { ChunkLimits } from './chunks.ts';

/** A fetched and decoded record. */
export interface DecodedRecord {
  readonly source: FetchedRecord;
  readonly content: AnyRecord;
}

/** The fate of a record: it continues to a topic, ends here on purpose, or is bad and becomes a dead letter. */
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

/** A record that cannot be processed, and the reason. It becomes a dead letter. */
export interface Rejected {
  readonly record: FetchedRecord;
  readonly code: ErrorCode;
  readonly message: string;
}

/** The place of a chunk in its partition, as the group of a consumer delivers it. */
export interface Delivery {
  /** Kafka's id of the topic; undefined on a broker without topic ids. */
  readonly topicId: string | undefined;
  readonly partition: number;
  /** Offsets of the first and the last record, those that could not be decoded included; decimal text. */
  readonly first: string;
  readonly last: string;
}

/** The work of a consumer: a stage or a sink in one shape, as the loop runs it. */
export interface Work {
  readonly name: string;
  readonly batch: ChunkLimits;
  /** Has the contract of `Sink.write`. */
  handle(records: readonly DecodedRecord[], delivery?: Delivery): Promise<readonly Rejected[]>;
  /** See `Sink.available`. */
  available?(): Promise<void>;
  /** See `Sink.progressedAt`. */
  progressedAt?(): number;
  /** See `Sink.waiting`. */
  readonly waiting?: 'unready' | 'degraded';
}
