/** The value of a header, or the values of one whose name is repeated. */
export type HeaderValue = Buffer | string | (Buffer | string)[];

/** Header values by name; a name that occurs several times has several values. */
export type Headers = Readonly<Record<string, HeaderValue | undefined>>;

/** The headers as a list, repeated names included; kafkajs keeps no order between different names. */
export const listHeaders = (headers: Headers): { key: string; value: Buffer | null }[] =>
  Object.entries(headers).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => ({
      key,
      value: item === undefined ? null : asBuffer(item),
    })),
  );

/**
 * Adds one header to the headers of a record, whose names may repeat. The list of a repeated name grows in place: a record
 * of a megabyte may have a hundred thousand of them.
 */
export function addHeader(headers: Map<string, HeaderValue>, name: string, value: Buffer | null): void {
  const held = headers.get(name);
  // A header without a value is null, as kafkajs has it, although its types leave that out.
  const item = value as Buffer;
  if (held === undefined) headers.set(name, item);
  else if (Array.isArray(held)) held.push(item);
  else headers.set(name, [held, item]);
}

const asBuffer = (value: Buffer | string): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);

/** The first value of a header as text; undefined if there is none. */
export function headerText(headers: Headers, name: string): string | undefined {
  const held = headers[name];
  const value = Array.isArray(held) ? held[0] : held;
  return value?.toString();
}

/** `topic/partition`, the key of everything that is kept for one partition. */
export const partitionKey = (topic: string, partition: number): string => `${topic}/${partition}`;

/** A record to be written to a topic. */
export interface OutgoingRecord {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  /** Determines the partition unless {@link partition} is given; records with a null key are spread evenly. */
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Headers;
  /** A partition that exists, for a record that must be in that one whatever its key. */
  readonly partition?: number;
}

/** A record read from a topic or from the archive of one. */
export interface FetchedRecord {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  /** Decimal text, as offsets are 64 bits wide. */
  readonly offset: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
}

/** Records of one partition, in order, and the operations their handler needs. Kafka and the archive both supply it. */
export interface FetchedBatch {
  readonly topic: string;
  /** Kafka's id of the topic; undefined on a broker without topic ids, and for records that do not come from Kafka. */
  readonly topicId?: string | undefined;
  readonly partition: number;
  readonly records: readonly FetchedRecord[];
  /** The batch of Kafka that follows {@link records} and cannot be read; the partition waits there. */
  readonly unreadable?: UnreadableBatch | undefined;
  /** The offset after the last record of the partition, decimal text. */
  readonly highWatermark: string;
  /** Sends a heartbeat. Throws when the group is rebalancing: the handler then abandons the batch. */
  heartbeat(): Promise<void>;
  /**
   * Commits everything up to and including the record at `offset`. One attempt, which counts only while this process owns
   * the partition; throws {@link PartitionLost} otherwise. Works while the consumer is stopping, too.
   */
  commit(offset: string): Promise<void>;
  /** False once the consumer stops, the group rebalances or the position was moved: the rest must not be handled here. */
  isActive(): boolean;
}

/** A record batch of Kafka that cannot be read: damaged, compressed by an unknown codec, or too large when unpacked. */
export interface UnreadableBatch {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  /** The offset of its first record, decimal text. */
  readonly firstOffset: string;
  /** The offset of its last record, decimal text; undefined if the broker itself cannot read the batch. */
  readonly lastOffset: string | undefined;
  /** The name of the compression codec; `none` for an uncompressed batch. */
  readonly codec: string;
  /** The greatest timestamp of its records, epoch milliseconds. */
  readonly timestamp: number;
  /** The timestamp of its first record, epoch milliseconds; undefined if the header, with both timestamps, may be damaged. */
  readonly firstTimestamp?: number | undefined;
  /** The batch as it was fetched, header included; empty if the broker itself cannot read it. */
  readonly bytes: Buffer;
  readonly reason: string;
}

/** The group may have assigned the partition to another consumer. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost';
}

/** Writes records to Kafka. */
export interface RecordSender {
  /**
   * Resolves when every in-sync replica has every record. Rejects with {@link KafkaUnavailable} when that is not
   * certain by the deadline; some of the records may be written nevertheless. Rejects with {@link RecordTooLarge} when
   * the broker refused the records it names and wrote all others.
   */
  send(records: readonly OutgoingRecord[], deadlineMs?: number): Promise<void>;
  /** Bytes of keys and values that are still in memory after their `send` has rejected: Kafka has not responded at all. */
  abandonedBytes?(): number;
}

/** Bytes of the keys and values of records. */
export const bytesOf = (records: readonly OutgoingRecord[]): number =>
  records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);

/** Kafka did not acknowledge in time. Sending again is safe: readers recognise a repeated event by its id. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}

/** The broker refuses records because of their size, and always will. All others sent with them are written. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  /** The first of {@link records}. */
  readonly record: OutgoingRecord;
  readonly records: readonly OutgoingRecord[];

  constructor(records: readonly [OutgoingRecord, ...OutgoingRecord[]]) {
    const [first] = records;
    const others = records.length === 1 ? '' : `, and ${records.length - 1} more`;
    super(`a record of ${first.value?.length ?? 0} bytes is too large for ${first.topic}${others}`);
    this.record = first;
    this.records = records;
  }
}
