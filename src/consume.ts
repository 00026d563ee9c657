import type { Codec } from './avro/codec.ts';
import type { Config } from './config.ts';
import { acceptedAt } from './events/accepted-at.ts';
import type { Transport } from './kafka/client/transport.ts';
import type { RecordSender } from './record.ts';
import type { ConsumeOptions } from './runtime/consume-options.ts';
import { createDeadLetters } from './runtime/dead-letters.ts';
import type { Probe } from './runtime/health.ts';
import { lazy } from './runtime/lazy.ts';
import type { Lifecycle } from './runtime/lifecycle.ts';
import { type RunnerParts, runAccumulating, runWork } from './runtime/runner.ts';
import type { AccumulatingSink } from './runtime/sink.ts';
import type { Work } from './runtime/stage.ts';
import type { Telemetry } from './telemetry.ts';
import { groupId, type Topic, topicName } from './topics.ts';

/** Runs a consumer on one topic until the lifecycle stops it. Its group is named after the consumer. */
export type Consume = (consumer: Work | AccumulatingSink, topic: Topic, options?: ConsumeOptions) => Promise<void>;

export interface ConsumeParts {
  readonly config: Pick<Config, 'kafka' | 'consumer'>;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly ready: Probe[];
  readonly live: Probe[];
  readonly transport: () => Promise<Transport>;
  readonly codec: () => Promise<Codec>;
  readonly producer: () => Promise<RecordSender>;
  readonly fail: (error: Error) => void;
}

/** Gives the consumer loop its connections and settings. */
export function createConsume(parts: ConsumeParts): Consume {
  const { config, telemetry } = parts;
  const { topicPrefix } = config.kafka;
  const { sessionTimeoutMs, concurrency } = config.consumer;

  const runnerParts = lazy(async (): Promise<RunnerParts> => {
    const [transport, codec, producer] = await Promise.all([parts.transport(), parts.codec(), parts.producer()]);
    return {
      ...parts,
      ...telemetry,
      transport,
      codec,
      acceptedAt,
      deadLetters: createDeadLetters(codec, producer, topicPrefix, telemetry.metrics),
      chunkRecords: config.consumer.chunkRecords,
      stalledMs: config.consumer.stalledMs,
      breakerPolicy: {
        runLength: config.consumer.breakerRunLength,
        ratio: config.consumer.breakerRatio,
        windowRecords: config.consumer.breakerWindow,
      },
    };
  });

  return async (consumer, topic, options) => {
    const { partitions = concurrency } = consumer.batch;
    const fetchBytes = Math.max(config.consumer.fetchBytes, consumer.batch.fetchBytes ?? 0);
    const settings = {
      groupId: groupId(topicPrefix, consumer.name, topic),
      topics: [topicName(topicPrefix, topic)],
      sessionTimeoutMs,
      concurrency: Math.min(concurrency, partitions),
      fetchBytes,
      // kafkajs names the partitions in the same order each time, so those without room in a fetch would starve.
      maxFetchBytes: fetchBytes * concurrency,
    };
    if ('accumulate' in consumer) await runAccumulating(consumer, settings, await runnerParts(), options);
    else await runWork(consumer, settings, await runnerParts(), options);
  };
}
