import type { AnyRecord, RecordName } from '../avro/any-record.ts';
import { EVENT_NAMES, EVENT_RECORDS, type EventName, type MlEvent } from './event.ts';

const EVENT_OF_RECORD = Object.fromEntries(EVENT_NAMES.map((event) => [EVENT_RECORDS[event], event])) as Readonly<
  Partial<Record<RecordName, EventName>>
>;

/** The name of the event in a record; undefined if the record is not an event. */
export const eventNameOf = ({ name }: AnyRecord): EventName | undefined => EVENT_OF_RECORD[name];

/** The event in a record, with its name, which is the type of the record; undefined if the record is not an event. */
export function eventOfRecord(content: AnyRecord): MlEvent | undefined {
  const event = eventNameOf(content);
  return event === undefined ? undefined : ({ ...content.record, event } as MlEvent);
}
