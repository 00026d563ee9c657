import { type Codec, createCodec } from './avro/codec.ts';
import { connectRegistry } from './avro/registry.ts';
import { loadSchemas } from './avro/schemas.ts';
import type { Config } from './config.ts';
import { startHttp } from './http/server.ts';
import { createTopics } from './kafka/admin.ts';
import { createKafka } from './kafka/client.ts';
import { type ConsumerSettings, startConsumer } from './kafka/consumer.ts';
import { fetchLag } from './kafka/lag.ts';
import { fetchPosition } from './kafka/position.ts';
import { connectProducer, type Producer } from './kafka/producer.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { groupId, PIPELINE, type Role, STAGES } from './pipeline.ts';
import { createEventProducer, type EventProducer } from './producers/event-producer.ts';
import { createMicroBatcher } from './producers/micro-batcher.ts';
import { createDeadLetters } from './runtime/dead-letters.ts';
import type { Probe } from './runtime/health.ts';
import { Lifecycle } from './runtime/lifecycle.ts';
import { type RunnerParts, runGathering, runWork } from './runtime/runner.ts';
import { sinkWork } from './runtime/sink-work.ts';
import type { Sink } from './runtime/stage.ts';
import { stageWork } from './runtime/stage-work.ts';
import { createGatheringSinks, createSinks } from './sinks/sinks.ts';
import { TOPIC_NAMES, type Topic, topicName } from './topics.ts';

/** A running system, or a part of one. */
export interface Serving {
  readonly port: number;
  readonly url: string;
  /** Stops everything in reverse order, within `SHUTDOWN_MS`. */
  stop(): Promise<void>;
  /** Settles with the error of the first role that ended for good. */
  readonly failed: Promise<Error>;
}

/** What one stage is given at a time, at most, in bytes; a chunk stays well under a second of work. */
const CHUNK_BYTES = 4 * 1_048_576;

/**
 * Starts `roles` in this process: the one place where the parts are put together. When one fails to start, those started
 * before it are stopped again, and the promise rejects.
 */
export async function serve(config: Config, roles: readonly Role[], log: Log): Promise<Serving> {
  const lifecycle = new Lifecycle(log);
  try {
    return await compose(config, roles, log, lifecycle);
  } catch (error) {
    await lifecycle.stop(config.shutdownMs);
    throw error;
  }
}

async function compose(config: Config, roles: readonly Role[], log: Log, lifecycle: Lifecycle): Promise<Serving> {
  const metrics = createMetrics({ process: true });
  const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: 'thunderline' }, log);
  const created = await createTopics(kafka, config.topicPrefix, TOPIC_NAMES, config.replicationFactor);
  if (created.length > 0) log.info({ topics: created }, 'topics created');
  const registry = connectRegistry(config.schemaRegistryUrl);
  const codec = await createCodec(registry, loadSchemas(), config.topicPrefix, topicsOf(roles));

  const producer = await lifecycle.start(
    'producer',
    () => connectProducer(kafka, { deadlineMs: config.producerDeadlineMs }, metrics),
    (started) => started.close(),
  );
  const failure = Promise.withResolvers<Error>();
  const ready: Probe[] = [];
  const live: Probe[] = [];
  const deadLetters = createDeadLetters(codec, producer, config.topicPrefix, metrics);
  const admin = kafka.admin();
  await lifecycle.start(
    'admin',
    () => admin.connect(),
    () => admin.disconnect(),
  );
  const parts: RunnerParts = {
    subscribe: (settings, onBatch, events) => startConsumer(kafka, settings, onBatch, events),
    fetchLag: (group, topics) => fetchLag(admin, group, topics),
    fetchPosition: (group, topic, partition) => fetchPosition(admin, group, topic, partition),
    stalledMs: config.stalledMs,
    breakerPolicy: {
      runLength: config.breakerRunLength,
      ratio: config.breakerRatio,
      windowRecords: config.breakerWindow,
    },
    fail: failure.resolve,
    ...{ codec, deadLetters, log, metrics, lifecycle, ready, live },
  };
  const run = async (role: Role, start: (settings: ConsumerSettings) => Promise<void>): Promise<void> => {
    for (const topic of PIPELINE[role].from) {
      await start({
        groupId: groupId(config.topicPrefix, role, topic),
        topics: [topicName(config.topicPrefix, topic)],
        sessionTimeoutMs: config.sessionTimeoutMs,
        concurrency: config.consumerConcurrency,
        fetchBytes: config.consumerFetchBytes,
      });
    }
  };
  const open = (role: Role, sink: Pick<Sink, 'open' | 'close'>): Promise<void> =>
    lifecycle.start(
      `${role} sink`,
      () => sink.open(),
      () => sink.close(),
    );

  const sinks = createSinks(config, log, metrics);
  const gatheringSinks = createGatheringSinks(config, log, metrics);
  const batch = { maxRecords: config.chunkRecords, maxBytes: CHUNK_BYTES };
  for (const role of roles) {
    const stage = STAGES[role];
    const sink = sinks[role]?.();
    const gathering = gatheringSinks[role]?.();
    if (stage !== undefined) {
      const work = stageWork(stage, { codec, sender: producer, topicPrefix: config.topicPrefix, metrics }, batch);
      await run(role, (settings) => runWork(work, settings, parts));
    }
    if (sink !== undefined) {
      await open(role, sink);
      await run(role, (settings) => runWork(sinkWork(sink, metrics), settings, parts));
    }
    if (gathering !== undefined) {
      await open(role, gathering);
      await run(role, (settings) => runGathering(gathering, settings, parts));
    }
  }

  const events = roles.includes('gateway') ? await startEvents(config, codec, producer, metrics, lifecycle) : undefined;
  const http = await lifecycle.start(
    'http',
    () => startHttp({ config, log, metrics, live, ready, ...(events && { events }) }),
    (started) => started.stop(),
  );
  log.info({ roles, url: http.url }, 'thunderline is ready');
  return { port: http.port, url: http.url, failed: failure.promise, stop: () => lifecycle.stop(config.shutdownMs) };
}

/** Every topic the roles read or write, for which schemas are registered; who reads may have to write dead letters. */
function topicsOf(roles: readonly Role[]): Topic[] {
  const topics = roles.flatMap((role): Topic[] => [...PIPELINE[role].from, ...PIPELINE[role].to]);
  return [...new Set<Topic>([...topics, 'ml.deadletters'])];
}

async function startEvents(
  config: Config,
  codec: Codec,
  producer: Producer,
  metrics: Metrics,
  lifecycle: Lifecycle,
): Promise<EventProducer> {
  const settings = {
    lingerMs: config.producerLingerMs,
    batchBytes: config.producerBatchBytes,
    bufferBytes: config.producerBufferBytes,
    deadlineMs: config.producerDeadlineMs,
    maxInFlight: 2,
  };
  const batcher = await lifecycle.start(
    'event batches',
    () => createMicroBatcher(producer, settings, metrics),
    (started) => started.drain(),
  );
  return createEventProducer(codec, batcher, config.topicPrefix);
}
