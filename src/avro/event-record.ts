import { EVENT_NAMES, EVENT_RECORDS, type EventName, type MlEvent } from '../events/event.ts';
import type { AnyRecord } from './codec.ts';
import type { RecordName } from './schemas.ts';

const EVENT_OF_RECORD = Object.fromEntries(EVENT_NAMES.map((event) => [EVENT_RECORDS[event], event])) as Readonly<
  Partial<Record<RecordName, EventName>>
>;

/** The event a record holds, named again by the record's type; undefined for a record that is no event. */
export function eventOfRecord({ name, record }: AnyRecord): MlEvent | undefined {
  const event = EVENT_OF_RECORD[name];
  return event === undefined ? undefined : ({ ...record, event } as MlEvent);
}
