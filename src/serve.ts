import { startAccess } from './access/start.ts';
import { type Codec, createCodec } from './avro/codec.ts';
import { connectRegistry } from './avro/registry.ts';
import { loadSchemas } from './avro/schemas.ts';
import { joinCluster } from './cluster/worker.ts';
import type { Config } from './config.ts';
import { acceptedAt } from './events/accepted-at.ts';
import { createIngestRoute } from './http/ingest/ingest-route.ts';
import { type HttpServer, startHttp } from './http/server.ts';
import { createTopics } from './kafka/admin/create-topics.ts';
import type { ConsumerSettings } from './kafka/client/consumer.ts';
import { createKafka } from './kafka/client/create-kafka.ts';
import { connectProducer, type Producer } from './kafka/client/producer.ts';
import { createTransport } from './kafka/client/transport.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { groupId, PIPELINE, type Role, STAGES } from './pipeline.ts';
import { createEventProducer, type EventProducer } from './producers/event-producer.ts';
import { createMicroBatcher } from './producers/micro-batcher.ts';
import { KafkaUnavailable } from './record.ts';
import { createDeadLetters } from './runtime/dead-letters.ts';
import type { Probe } from './runtime/health.ts';
import { Lifecycle } from './runtime/lifecycle.ts';
import { type RunnerParts, runAccumulating, runWork } from './runtime/runner.ts';
import type { Sink } from './runtime/sink.ts';
import { sinkWork } from './runtime/sink-work.ts';
import { stageWork } from './runtime/stage-work.ts';
import { waitFor } from './runtime/wait-for.ts';
import { createAccumulatingSinks, createSinks } from './sinks/sinks.ts';
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

/**
 * Starts `roles` in this process: the one place where the parts are put together. A part of the world that is not there yet
 * is waited for, with `/health/ready` saying so. When a role cannot start for another cause, those started before it are
 * stopped again, and the promise rejects.
 *
 * @param signal gives up a start that waits.
 */
export async function serve(
  config: Config,
  roles: readonly Role[],
  log: Log,
  signal: AbortSignal = new AbortController().signal,
): Promise<Serving> {
  const lifecycle = new Lifecycle(log);
  const metrics = createMetrics({ process: true });
  const failure = Promise.withResolvers<Error>();
  const start: Start = { config, roles, log, signal, lifecycle, metrics, ready: [], live: [], fail: failure.resolve };
  const events = roles.includes('gateway') ? lateEvents() : undefined;
  const { authenticate } = await lifecycle.start(
    'access',
    () => startAccess({ config, log, metrics, fail: failure.resolve }),
    (started) => started.stop(),
  );
  const { live, ready } = start;
  const worker = joinCluster(metrics.registry);
  const readMetrics = worker?.readMetrics;
  const routes = events === undefined ? [] : [createIngestRoute({ config: config.ingest, events, metrics })];
  const open = () => startHttp({ config, log, metrics, live, ready, authenticate, readMetrics, routes });
  let http: HttpServer | undefined;
  const stop = async (): Promise<void> => {
    const deadline = Date.now() + config.process.shutdownMs;
    await http?.stop();
    await lifecycle.stop(Math.max(1_000, deadline - Date.now()));
  };
  try {
    // Alone it says itself that it is not ready; beside others it must not be given connections before it is.
    if (worker === undefined) http = await open();
    await compose(start, events);
    http ??= await open();
  } catch (error) {
    await stop();
    throw error;
  }
  log.info({ roles, url: http.url }, 'thunderline is ready');
  return { port: http.port, url: http.url, failed: failure.promise, stop };
}

interface Start {
  readonly config: Config;
  readonly roles: readonly Role[];
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  readonly ready: Probe[];
  readonly live: Probe[];
  readonly fail: (error: Error) => void;
}

async function compose(start: Start, events: LateEvents | undefined): Promise<void> {
  const { config, roles, log, signal, lifecycle, metrics, ready, live, fail } = start;
  const { topicPrefix } = config.kafka;
  let problem: string | undefined = 'is starting';
  ready.push({ name: 'start', check: async () => problem });
  const report = (news: string | undefined): void => {
    problem = news ?? 'is starting';
  };
  const waiting = { log, signal, report };

  const kafka = createKafka(config.kafka, 'roles', { log });
  const makeTopics = () => createTopics(kafka, topicPrefix, TOPIC_NAMES, config.kafka.replicationFactor);
  const created = await waitFor('Kafka', makeTopics, waiting);
  if (created.length > 0) log.info({ topics: created }, 'topics created');
  const registry = connectRegistry(config.registry);
  const schemas = loadSchemas();
  const makeCodec = () => createCodec(registry, schemas, topicPrefix, topicsOf(roles));
  const codec = await waitFor('the schema registry', makeCodec, waiting);
  const producer = await lifecycle.start(
    'producer',
    () => waitFor('Kafka', () => connectProducer(kafka, { deadlineMs: config.producer.deadlineMs }, metrics), waiting),
    (started) => started.close(),
  );
  const admin = kafka.admin();
  await lifecycle.start(
    'admin',
    () => waitFor('Kafka', () => admin.connect(), waiting),
    () => admin.disconnect(),
  );
  events?.arrive(await startEvents(config, codec, producer, metrics, lifecycle));

  const deadLetters = createDeadLetters(codec, producer, topicPrefix, metrics);
  const parts: RunnerParts = {
    transport: createTransport(kafka, admin),
    chunkRecords: config.consumer.chunkRecords,
    stalledMs: config.consumer.stalledMs,
    breakerPolicy: {
      runLength: config.consumer.breakerRunLength,
      ratio: config.consumer.breakerRatio,
      windowRecords: config.consumer.breakerWindow,
    },
    ...{ acceptedAt, codec, deadLetters, log, metrics, lifecycle, ready, live, fail },
  };
  const open = <S extends Pick<Sink, 'name' | 'open' | 'close'>>(sink: S): Promise<S> =>
    lifecycle.start(
      `${sink.name} sink`,
      async () => {
        await waitFor(`what the sink ${sink.name} writes to`, () => sink.open(), waiting);
        return sink;
      },
      () => sink.close(),
    );
  const sinks = createSinks(config, log, metrics);
  const gatheringSinks = createAccumulatingSinks(config, log, metrics);
  const runners = await Promise.all(
    roles.map(async (role): Promise<readonly [Role, (settings: ConsumerSettings) => Promise<void>] | undefined> => {
      const stage = STAGES[role];
      const sink = sinks[role]?.();
      const gathering = gatheringSinks[role]?.();
      if (stage !== undefined) {
        const work = stageWork(stage, { codec, sender: producer, topicPrefix, metrics });
        return [role, (settings) => runWork(work, settings, parts)];
      }
      if (sink !== undefined) {
        const work = sinkWork(await open(sink), metrics);
        return [role, (settings) => runWork(work, settings, parts)];
      }
      if (gathering === undefined) return undefined;
      await open(gathering);
      return [role, (settings) => runAccumulating(gathering, settings, parts)];
    }),
  );
  for (const [role, run] of runners.filter((runner) => runner !== undefined)) {
    for (const topic of PIPELINE[role].from) await run(consumerSettings(config, role, topic));
  }
  problem = undefined;
}

const consumerSettings = (config: Config, role: Role, topic: Topic): ConsumerSettings => ({
  groupId: groupId(config.kafka.topicPrefix, role, topic),
  topics: [topicName(config.kafka.topicPrefix, topic)],
  sessionTimeoutMs: config.consumer.sessionTimeoutMs,
  concurrency: config.consumer.concurrency,
  fetchBytes: config.consumer.fetchBytes,
});

/** The gateway answers 503 from the moment it listens until there is a producer. */
interface LateEvents extends EventProducer {
  arrive(events: EventProducer): void;
}

function lateEvents(): LateEvents {
  let events: EventProducer | undefined;
  return {
    arrive: (arrived) => {
      events = arrived;
    },
    publish: (list, trace) =>
      events?.publish(list, trace) ?? Promise.reject(new KafkaUnavailable('the gateway is still starting')),
  };
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
    lingerMs: config.producer.lingerMs,
    batchBytes: config.producer.batchBytes,
    bufferBytes: config.producer.bufferBytes,
    deadlineMs: config.producer.deadlineMs,
    maxInFlight: 2,
  };
  const batcher = await lifecycle.start(
    'event batches',
    () => createMicroBatcher(producer, settings, metrics),
    (started) => started.drain(),
  );
  return createEventProducer(codec, batcher, config.kafka.topicPrefix);
}
