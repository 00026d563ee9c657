import { typeOfSchema } from '../../avro/type-of-schema.ts';
import { eventNameOf } from '../../events/event-record.ts';
import { addHeader, type Headers, type HeaderValue, listHeaders } from '../../record.ts';
import type { ReadRecord } from '../../runtime/sink.ts';

/** A row of the archive: the record of the topic, byte for byte, and its decoded value. */
export interface ArchivedRecord {
  readonly topic: string;
  /** Kafka's id of the topic; null where the broker assigned none, and in archives of earlier versions. */
  readonly topic_id: string | null;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[];
  readonly event: string | null;
  readonly model_run_id: string | null;
  readonly trial_id: string | null;
  readonly decoded: string | null;
}

const field = (name: string, type: unknown, doc: string) => ({ name, type, doc });
const nullable = (name: string, type: string, doc: string) => ({ name, type: ['null', type], default: null, doc });

/** The schema of every object of the archive. Flat, so that each field is a column; later versions only add fields. */
export const ARCHIVE_SCHEMA = {
  type: 'record',
  name: 'ArchivedRecord',
  namespace: 'thunderline.ml',
  fields: [
    field('topic', 'string', 'Topic, prefix included.'),
    field('partition', 'int', 'Partition.'),
    field('offset', 'long', 'Offset.'),
    field('timestamp', { type: 'long', logicalType: 'timestamp-millis' }, 'Timestamp of the record.'),
    nullable('key', 'bytes', 'Key, byte for byte.'),
    nullable('value', 'bytes', 'Value, byte for byte, in Confluent wire format.'),
    field(
      'headers',
      {
        type: 'array',
        items: {
          type: 'record',
          name: 'Header',
          fields: [field('key', 'string', 'Name.'), nullable('value', 'bytes', 'Value.')],
        },
      },
      'Headers, repeated names included.',
    ),
    nullable('event', 'string', 'Name of the event; null where the value is no event or cannot be decoded.'),
    nullable('model_run_id', 'string', 'Run the value is about.'),
    nullable('trial_id', 'string', 'Trial the value is about.'),
    nullable('decoded', 'string', 'The value as JSON, NaN and infinities as text; null where it cannot be decoded.'),
    nullable('topic_id', 'string', 'Id that Kafka gave the topic, which a topic created again does not share.'),
  ],
} as const;

export const ARCHIVED_RECORD = typeOfSchema(ARCHIVE_SCHEMA);

/** The row of a record: a function of the record and the id of its topic, so that writing it again writes the same. */
export function archivedRecord({ source, content }: ReadRecord, topicId: string | undefined): ArchivedRecord {
  const { topic, partition, offset, timestamp, key, value, headers } = source;
  const subject = (content?.record ?? {}) as { model_run_id?: string; trial_id?: string | null };
  return {
    topic,
    topic_id: topicId ?? null,
    partition,
    offset: Number(offset),
    timestamp,
    key,
    value,
    headers: listHeaders(headers),
    event: (content && eventNameOf(content)) ?? null,
    model_run_id: subject.model_run_id ?? null,
    trial_id: subject.trial_id ?? null,
    decoded: content === undefined ? null : toJson(content.record),
  };
}

/** The headers of a record, from the list in a row. */
export function headersOf(list: ArchivedRecord['headers']): Headers {
  const headers = new Map<string, HeaderValue>();
  for (const { key, value } of list) addHeader(headers, key, value);
  return Object.fromEntries(headers);
}

/** JSON has no NaN and no infinities: they are written as text. A replacer for every record would cost what few need. */
function toJson(record: object): string {
  const isSpecial = (value: unknown) => typeof value === 'number' && !Number.isFinite(value);
  const isPlain = Object.values(record).every(
    (value) => !isSpecial(value) && !(isMap(value) && Object.values(value).some(isSpecial)),
  );
  return isPlain
    ? JSON.stringify(record)
    : JSON.stringify(record, (_, value: unknown) => (isSpecial(value) ? String(value) : value));
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null;
