import type { AnyRecord, RecordName } from '../avro/any-record.ts';
import { EVENT_NAMES, EVENT_RECORDS, type EventName, type MlEvent } from './event.ts';

const EVENT_OF_RECORD = Object.fromEntries(EVENT_NAMES.map((event) => [EVENT_RECORDS[event], event])) as Readonly<
  Partial<Record<RecordName, EventName>>
>;

/** The name of the event a record holds; undefined for a record that is no event. */
export const eventNameOf = ({ name }: AnyRecord): EventName | undefined => EVENT_OF_RECORD[name];

/** The event a record holds, named again by the record's type; undefined for a record that is no event. */
export function eventOfRecord(content: AnyRecord): MlEvent | undefined {
  const event = eventNameOf(content);
  return event === undefined ? undefined : ({ ...content.record, event } as MlEvent);
}
