import type { Codec } from '../avro/codec.ts';
import type { ArtifactStored } from '../avro/records.ts';
import { artifactRecord } from '../producers/artifact-record.ts';
import type { Trace } from '../producers/event-producer.ts';
import type { RecordSender } from '../record.ts';
import { topicName } from '../topics.ts';

/** Writes the records of stored objects to `ml.events`. Rejects with `KafkaUnavailable`. */
export type PublishArtifacts = (records: readonly ArtifactStored[], trace: Trace) => Promise<void>;

export function createPublishArtifacts(codec: Codec, sender: RecordSender, topicPrefix: string): PublishArtifacts {
  const topic = topicName(topicPrefix, 'ml.events');
  return (records, trace) => sender.send(records.map((record) => artifactRecord(codec, topic, record, trace)));
}
