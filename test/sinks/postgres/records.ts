import type { AnyRecord } from '../../../src/avro/any-record.ts';
import type { ArtifactStored, TrialCommand } from '../../../src/avro/records.ts';
import { EVENT_RECORDS, type MlEvent } from '../../../src/events/event.ts';
import type { DecodedRecord } from '../../../src/runtime/stage.ts';

let offset = 0;

function decoded(content: AnyRecord): DecodedRecord {
  offset += 1;
  const source = { topic: 'ml.events', partition: 0, offset: String(offset), timestamp: 0, key: null, value: null };
  return { source: { ...source, headers: {} }, content };
}

/** An event, a command or the report of a stored object, as the loop hands it to a sink. */
export function recordOf(told: MlEvent | TrialCommand | ArtifactStored): DecodedRecord {
  if ('size_bytes' in told) return decoded({ name: 'ArtifactStored', record: told });
  if (!('event' in told)) return decoded({ name: 'TrialCommand', record: told });
  const { event, ...record } = told;
  return decoded({ name: EVENT_RECORDS[event], record } as AnyRecord);
}
