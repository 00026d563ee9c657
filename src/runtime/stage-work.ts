import type { Codec } from '../avro/codec.ts';
import type { Metrics } from '../metrics.ts';
import { type OutgoingRecord, type RecordSender, RecordTooLarge } from '../record.ts';
import { topicName } from '../topics.ts';
import type { ChunkLimits } from './chunks.ts';
import type { DecodedRecord, Rejected, Stage, Work } from './stage.ts';

/** Limits of a chunk for a stage: it stays well under a second of work. */
const STAGE_CHUNK: ChunkLimits = { maxRecords: 4_000, maxBytes: 4 * 1_048_576 };

/** The work of a consumer that runs a stage: emitted records are written to Kafka with the key and headers of their source. */
export function stageWork(
  stage: Stage,
  {
    codec,
    sender,
    topicPrefix,
    metrics,
  }: { codec: Codec; sender: RecordSender; topicPrefix: string; metrics: Metrics },
  batch: ChunkLimits = STAGE_CHUNK,
): Work {
  const allowed = new Set<string>(stage.to);

  function outgoing(
    { source }: DecodedRecord,
    outcome: { topic: Stage['to'][number]; content: DecodedRecord['content'] },
  ) {
    if (!allowed.has(outcome.topic))
      throw new TypeError(`${stage.name} emits to ${outcome.topic}, which is not in its "to"`);
    const value = codec.encode(outcome.topic, outcome.content.name, outcome.content.record);
    return { topic: topicName(topicPrefix, outcome.topic), key: source.key, value, headers: source.headers };
  }

  return {
    name: stage.name,
    batch,
    async handle(records) {
      const rejected: Rejected[] = [];
      const emitted = new Map<OutgoingRecord, DecodedRecord>();
      let dropped = 0;
      for (const record of records) {
        const outcome = stage.transform(record.content);
        if (outcome.kind === 'emit') emitted.set(outgoing(record, outcome), record);
        else if (outcome.kind === 'drop') dropped += 1;
        else rejected.push({ record: record.source, code: outcome.code, message: outcome.message });
      }
      try {
        await sender.send([...emitted.keys()]);
      } catch (error) {
        if (!(error instanceof RecordTooLarge)) throw error;
        for (const record of error.records) {
          const large = emitted.get(record);
          if (large === undefined) throw error;
          emitted.delete(record);
          const message = `the emitted record has ${record.value?.length ?? 0} bytes, too many for ${record.topic}`;
          rejected.push({ record: large.source, code: 'record_too_large', message });
        }
      }
      metrics.stageRecords.inc({ stage: stage.name, result: 'emitted' }, emitted.size);
      metrics.stageRecords.inc({ stage: stage.name, result: 'dropped' }, dropped);
      return rejected;
    },
  };
}
