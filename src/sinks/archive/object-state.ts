import { hash } from 'node:crypto';
import { ContainerWriter } from '../../avro/container.ts';
import type { ReadRecord } from '../../runtime/sink.ts';
import type { PartitionName } from './archived-offsets.ts';
import { ARCHIVE_SCHEMA, ARCHIVED_RECORD, archivedRecord } from './archived-record.ts';
import { dayOf, type ObjectName } from './object-name.ts';

const SYNC_BYTES = 16;

/** The records of an object, from its first on. */
interface ObjectContent {
  readonly writer: ContainerWriter;
  readonly name: ObjectName;
  readonly records: number;
  /** Timestamp of the first record and the time at which it was read, epoch milliseconds. */
  readonly firstTimestamp: number;
  readonly openedAt: number;
}

/**
 * An object on its way into the bucket:
 *
 * - `open`: records are still added.
 * - `claimed`: its bounds are decided and may be noted with the group's position; it is then put under its key.
 * - `written`: it is in the bucket; the offset after it is yet to be committed.
 */
export type ObjectState =
  | (ObjectContent & { readonly kind: 'open' })
  | (ObjectContent & { readonly kind: 'claimed' })
  | (ObjectContent & { readonly kind: 'written'; readonly bytes: number });

export type OpenObject = Extract<ObjectState, { kind: 'open' }>;

/** An object without a record yet, which starts with `record`. */
export function openObject(partition: PartitionName, { source }: ReadRecord, now: number): OpenObject {
  const { topic, topicId, partition: number } = partition;
  const offset = BigInt(source.offset);
  const day = dayOf(source.timestamp);
  // Derived from the first offset, so that equal records make equal bytes.
  const origin = [topic, number, offset, ...(topicId === undefined ? [] : [topicId])].join('/');
  return {
    kind: 'open',
    writer: new ContainerWriter(
      ARCHIVED_RECORD,
      ARCHIVE_SCHEMA,
      hash('sha256', origin, 'buffer').subarray(0, SYNC_BYTES),
    ),
    name: { topic, topicId, partition: number, day, earliestDay: day, first: offset, last: offset },
    records: 0,
    firstTimestamp: source.timestamp,
    openedAt: now,
  };
}

/** The object with one more record, whose offset is after all others. */
export function withRecord(object: OpenObject, record: ReadRecord): OpenObject {
  const { writer, name, records } = object;
  writer.append(archivedRecord(record, name.topicId));
  const day = dayOf(record.source.timestamp);
  const earliestDay = name.earliestDay !== undefined && name.earliestDay < day ? name.earliestDay : day;
  return { ...object, name: { ...name, earliestDay, last: BigInt(record.source.offset) }, records: records + 1 };
}
