/** Header values by name; a name that stands several times has several values. */
export type Headers = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

/** The headers as a list, repeated names included; kafkajs keeps no order between different names. */
export const listHeaders = (headers: Headers): { key: string; value: Buffer | null }[] =>
  Object.entries(headers).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => ({
      key,
      value: item === undefined ? null : asBuffer(item),
    })),
  );

const asBuffer = (value: Buffer | string): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);

/** A record on its way to a topic. */
export interface OutgoingRecord {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  /** The partition is chosen from it; null spreads evenly. */
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[]>>;
}

/** A record as read from a topic. */
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

/** Writes records to Kafka. */
export interface RecordSender {
  /**
   * Resolves when every in-sync replica has every record. Rejects with {@link KafkaUnavailable} when that is not known by
   * the deadline; some of the records may then be written all the same. Rejects with {@link RecordTooLarge} when that is
   * so for all but those it names.
   */
  send(records: readonly OutgoingRecord[], deadlineMs?: number): Promise<void>;
}

/** Kafka did not acknowledge in time: trouble of the world. Sending again is safe, the readers know records by their id. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}

/** The broker refuses records for their size, and always will. All others sent with them are written. */
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
