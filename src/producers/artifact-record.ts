import type { Codec } from '../avro/codec.ts';
import type { ArtifactStored } from '../avro/records.ts';
import { trialKey } from '../events/event.ts';
import type { OutgoingRecord } from '../record.ts';
import type { Trace } from './event-producer.ts';
import { recordHeaders } from './record-headers.ts';

/** The header `event` of the record. It is none of the six events: a client cannot post it. */
const NAME = 'ml.artifact.stored';

/**
 * The record of `ml.events` that reports a stored object, under the key of its trial.
 *
 * @param topic the name of `ml.events` on the broker.
 */
export function artifactRecord(codec: Codec, topic: string, record: ArtifactStored, trace: Trace): OutgoingRecord {
  const key = trialKey(record);
  return {
    topic,
    key,
    value: codec.encode('ml.events', 'ArtifactStored', record),
    headers: recordHeaders(record.event_id, NAME, record.correlation_id ?? key, trace.traceparent),
  };
}
