import type pg from 'pg';
import type { Codec } from './avro/codec.ts';
import type { Config } from './config.ts';
import { type Connections, openConnections } from './connections.ts';
import { type Consume, createConsume } from './consume.ts';
import { DEPENDENCIES, type Dependency } from './dependencies.ts';
import type { Route } from './http/route.ts';
import type { HttpServer } from './http/server.ts';
import type { Right } from './kafka/admin/missing-rights.ts';
import type { PipelineState } from './kafka/admin/pipeline-state.ts';
import type { FeedSource } from './kafka/client/feed-source.ts';
import { type ConsumerGroup, createGroupSource, type GroupSource } from './kafka/client/group-source.ts';
import { createTopicTail, type TopicTail } from './kafka/client/topic-tail.ts';
import { createTransport } from './kafka/client/transport.ts';
import type { MlflowClient } from './mlflow/client.ts';
import { createEventProducer, type EventProducer } from './producers/event-producer.ts';
import { createMicroBatcher } from './producers/micro-batcher.ts';
import type { RecordSender } from './record.ts';
import type { Probe } from './runtime/health.ts';
import { lazy } from './runtime/lazy.ts';
import { Lifecycle } from './runtime/lifecycle.ts';
import { waitFor } from './runtime/wait-for.ts';
import type { AdvisoryLocks } from './store/advisory-locks.ts';
import { migrate } from './store/migrate.ts';
import { requireTables } from './store/prepare-tables.ts';
import type { Telemetry } from './telemetry.ts';
import { type Topic, topicName } from './topics.ts';

/**
 * Everything that a role may use. A connection is opened on first use, shared by the roles of the process, and closed in
 * reverse order. A dependency that does not answer is waited for, and `/health/ready` names it meanwhile.
 */
export interface Platform {
  readonly config: Config;
  readonly telemetry: Telemetry;
  /** Aborted when the process stops or its start is given up. */
  readonly signal: AbortSignal;
  /** Stops what a role starts. */
  readonly lifecycle: Lifecycle;
  /** The probes of `/health/ready` and `/health/live`. */
  readonly health: { ready(probe: Probe): void; live(probe: Probe): void };
  /** Resolves once the dependency can be used. */
  available(dependency: Dependency): Promise<void>;
  /** Resolves once the brokers grant these rights. */
  granted(rights: readonly Right[]): Promise<void>;
  /** Repeats `attempt` until it succeeds; `/health/ready` reports "waits for <what>" and the error. */
  waitFor<T>(what: string, attempt: () => Promise<T>): Promise<T>;
  /** Encodes records of the topics that the roles of this process read or write; decodes any. */
  codec(): Promise<Codec>;
  producer(): Promise<RecordSender>;
  /** Batches events into `ml.events`. */
  events(): Promise<EventProducer>;
  /** The topics of the live feed, and their positions. */
  feed(): Promise<FeedSource>;
  /** Reads how far the tables have the topics, as a position of the live feed; null while Kafka has not answered. */
  tablePosition(): Promise<() => Promise<string | null>>;
  /** Reads the rate, the lag and the dead letters of the pipeline; rejects while Kafka does not answer. */
  pipelineState(): Promise<() => Promise<PipelineState>>;
  /** The consumer groups of all roles of the system, whether they run in this process or not. */
  groups(): Promise<GroupSource>;
  /** The dead letters, read again and again from where the last reading ended. */
  deadLetters(): Promise<TopicTail>;
  /** Connections to the database, once its tables exist. Roles that migrate create them. */
  postgres(): Promise<pg.Pool>;
  /** Locks between processes. */
  advisoryLocks(): Promise<AdvisoryLocks>;
  /** The client of MLflow, whether MLflow is available or not. */
  mlflow(): Promise<MlflowClient>;
  consume: Consume;
  /** Adds routes to the HTTP server of the process. While the process is starting, an unknown address is answered 503. */
  serve(...routes: readonly Route[]): void;
  /** Ends the process with an error that no retry can resolve. */
  fail(error: Error): void;
}

/** A platform, and the parts of it that only the process itself uses. */
export interface RunningPlatform extends Platform {
  readonly ready: readonly Probe[];
  readonly live: readonly Probe[];
  isStarting(): boolean;
  /** Until it is called, `/health/ready` reports that the process is starting. */
  started(): void;
  /** Connects the HTTP server: it is given the routes added so far, and each one added later. */
  listens(http: Pick<HttpServer, 'serve'>): void;
}

export interface PlatformSettings {
  /** Topics that the roles of this process read or write. */
  readonly topics: readonly Topic[];
  /** The consumer groups of all roles. */
  readonly groups: readonly ConsumerGroup[];
  /** Whether a role of this process migrates the tables: then no role of it waits for another process to do so. */
  readonly migrates: boolean;
  readonly signal: AbortSignal;
  readonly fail: (error: Error) => void;
}

/** Batches of events on their way to Kafka at the same time. */
const MAX_BATCHES_IN_FLIGHT = 2;

export function createPlatform(
  config: Config,
  telemetry: Telemetry,
  { topics, groups, migrates, signal, fail }: PlatformSettings,
): RunningPlatform {
  const { log, metrics } = telemetry;
  const lifecycle = new Lifecycle(log);
  const connections = openConnections(config, telemetry, { purpose: 'roles', registers: topics, lifecycle });
  const waits = new Map<string, string>();
  let isStarting = true;
  const ready: Probe[] = [
    {
      name: 'start',
      check: async () => [...waits.values()].join('; ') || (isStarting ? 'is starting' : undefined),
    },
  ];
  ready.push({ name: 'Kafka', check: () => connections.writeProblem() });
  const routes: Route[] = [];
  let server: Pick<HttpServer, 'serve'> | undefined;
  const live: Probe[] = [];
  const health: Platform['health'] = {
    ready: (probe) => void ready.push(probe),
    live: (probe) => void live.push(probe),
  };

  const wait: Platform['waitFor'] = (what, attempt) => {
    const report = (problem: string | undefined): void => {
      if (problem === undefined) waits.delete(what);
      else waits.set(what, problem);
    };
    return waitFor(what, attempt, { log, signal, report }).finally(() => waits.delete(what));
  };
  const waited = <T>(dependency: Dependency, connect: (from: Connections) => Promise<T>): (() => Promise<T>) =>
    lazy(() => wait(DEPENDENCIES[dependency].title, () => connect(connections)));

  const available = mapDependencies((name) => waited<unknown>(name, DEPENDENCIES[name].connect));
  const codec = waited('registry', (from) => from.codec());
  const producer = waited('kafka', (from) => from.producer());
  const transport = waited('kafka', async (from) =>
    createTransport(from.kafka, await from.admin(), from.requireRights),
  );

  return {
    config,
    telemetry,
    signal,
    lifecycle,
    health,
    ready,
    live,
    fail,
    codec,
    producer,
    waitFor: wait,
    granted: (rights) => wait(DEPENDENCIES.kafka.title, () => connections.requireRights(rights)),
    available: async (dependency) => void (await available[dependency]()),
    events: lazy(async () => {
      const settings = { ...config.producer, maxInFlight: MAX_BATCHES_IN_FLIGHT };
      const sender = await producer();
      const batcher = await lifecycle.start(
        'event batches',
        () => createMicroBatcher(sender, settings, metrics, telemetry.tracer),
        (started) => started.drain(),
      );
      return createEventProducer(await codec(), batcher, config.kafka.topicPrefix);
    }),
    feed: waited('kafka', (from) => from.feed()),
    tablePosition: waited('kafka', (from) => from.tablePosition()),
    pipelineState: waited('kafka', (from) => from.pipelineState()),
    groups: waited('kafka', async (from) =>
      createGroupSource(from.kafka, await from.admin(), config.kafka.topicPrefix, groups),
    ),
    deadLetters: waited('kafka', async (from) =>
      createTopicTail(from.kafka, await from.admin(), topicName(config.kafka.topicPrefix, 'ml.deadletters')),
    ),
    postgres: waited('postgres', async (from) => {
      const pool = await from.postgres();
      if (migrates && config.postgres.migrate === 'start') await migrate(config.postgres.url.reveal(), log);
      else await requireTables(pool);
      return pool;
    }),
    advisoryLocks: () => connections.advisoryLocks(),
    mlflow: () => connections.mlflow(),
    consume: createConsume({ config, telemetry, lifecycle, ready, live, transport, codec, producer, fail }),
    serve(...added) {
      routes.push(...added);
      server?.serve(...added);
    },
    isStarting: () => isStarting,
    started() {
      isStarting = false;
    },
    listens(http) {
      server = http;
      http.serve(...routes);
    },
  };
}

const mapDependencies = <T>(map: (dependency: Dependency) => T): Readonly<Record<Dependency, T>> =>
  Object.fromEntries(
    (Object.keys(DEPENDENCIES) as Dependency[]).map((dependency) => [dependency, map(dependency)]),
  ) as Record<Dependency, T>;
