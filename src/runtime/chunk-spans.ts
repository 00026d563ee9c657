import { SpanKind, type Tracer } from '@opentelemetry/api';
import type { FetchedBatch, FetchedRecord } from '../record.ts';
import { type BatchSpans, startBatchSpans } from '../tracing/batch-spans.ts';

/** Starts the spans of a consumer's work on a chunk, in the traces of its records. */
export function startChunkSpans(
  tracer: Tracer,
  stage: string,
  { topic, partition }: Pick<FetchedBatch, 'topic' | 'partition'>,
  chunk: readonly FetchedRecord[],
): BatchSpans | undefined {
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.batch.message_count': chunk.length,
    'messaging.kafka.offset': chunk[0]?.offset ?? '',
    'thunderline.stage': stage,
  };
  return startBatchSpans(tracer, { name: `${stage} process ${topic}`, kind: SpanKind.CONSUMER, attributes }, chunk);
}
