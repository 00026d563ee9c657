import type pg from 'pg';
import type { Codec } from './avro/codec.ts';
import type { Config } from './config.ts';
import { type Connections, openConnections } from './connections.ts';
import { type Consume, createConsume } from './consume.ts';
import { DEPENDENCIES, type Dependency } from './dependencies.ts';
import type { Route } from './http/route.ts';
import type { HttpServer } from './http/server.ts';
import { createTransport } from './kafka/client/transport.ts';
import { createEventProducer, type EventProducer } from './producers/event-producer.ts';
import { createMicroBatcher } from './producers/micro-batcher.ts';
import type { RecordSender } from './record.ts';
import type { Probe } from './runtime/health.ts';
import { lazy } from './runtime/lazy.ts';
import { Lifecycle } from './runtime/lifecycle.ts';
import { waitFor } from './runtime/wait-for.ts';
import { pendingMigrations } from './store/pending-migrations.ts';
import type { Telemetry } from './telemetry.ts';
import type { Topic } from './topics.ts';

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
  /** Repeats `attempt` until it succeeds; `/health/ready` reports "waits for <what>" and the error. */
  waitFor<T>(what: string, attempt: () => Promise<T>): Promise<T>;
  /** Encodes records of the topics that the roles of this process read or write; decodes any. */
  codec(): Promise<Codec>;
  producer(): Promise<RecordSender>;
  /** Batches events into `ml.events`. */
  events(): Promise<EventProducer>;
  /** Connections to the database, once its tables exist. The role `postgres` creates them. */
  postgres(): Promise<pg.Pool>;
  consume: Consume;
  /** Adds routes to the HTTP server of the process. While the process is starting, an unknown address is answered 503. */
  serve(...routes: readonly Route[]): void;
  /** Ends the process: reports an error that no retry can cure. */
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
  readonly signal: AbortSignal;
  readonly fail: (error: Error) => void;
}

/** Batches of events on their way to Kafka at the same time. */
const MAX_BATCHES_IN_FLIGHT = 2;

export function createPlatform(
  config: Config,
  telemetry: Telemetry,
  { topics, signal, fail }: PlatformSettings,
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
  const transport = waited('kafka', async (from) => createTransport(from.kafka, await from.admin()));

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
    available: async (dependency) => void (await available[dependency]()),
    events: lazy(async () => {
      const settings = { ...config.producer, maxInFlight: MAX_BATCHES_IN_FLIGHT };
      const sender = await producer();
      const batcher = await lifecycle.start(
        'event batches',
        () => createMicroBatcher(sender, settings, metrics),
        (started) => started.drain(),
      );
      return createEventProducer(await codec(), batcher, config.kafka.topicPrefix);
    }),
    postgres: waited('postgres', async (from) => {
      const pool = await from.postgres();
      const pending = await pendingMigrations(pool);
      if (pending.length === 0) return pool;
      throw new Error(`the tables lack ${pending.join(', ')}: run the role postgres, or "npx thunderline migrate"`);
    }),
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
