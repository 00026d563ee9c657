import type pg from 'pg';
import { type Codec, createCodec } from './avro/codec.ts';
import { countedRegistry } from './avro/counted-registry.ts';
import { connectRegistry } from './avro/registry.ts';
import { loadSchemas } from './avro/schemas.ts';
import type { Config } from './config.ts';
import { UsageError } from './errors.ts';
import { createTopics, EXPECTED_WHILE_CREATING } from './kafka/admin/create-topics.ts';
import type { Right } from './kafka/admin/missing-rights.ts';
import { createPipelineState, type PipelineState } from './kafka/admin/pipeline-state.ts';
import { RightsMissing, requireRights } from './kafka/admin/require-rights.ts';
import { createTablePosition } from './kafka/admin/table-position.ts';
import { connectProducer } from './kafka/client/connect-producer.ts';
import { createFeedSource, type FeedSource } from './kafka/client/feed-source.ts';
import type { Producer } from './kafka/client/producer.ts';
import { createWriteRefusals } from './kafka/client/write-refusals.ts';
import { createKafka, type KafkaAdmin, type KafkaClient, type KafkaPurpose } from './kafka/connection/create-kafka.ts';
import { describeKafkaError } from './kafka/connection/describe-kafka-error.ts';
import { principalOf } from './kafka/principal.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { type MlflowClient, openMlflow } from './mlflow/client.ts';
import { KafkaUnavailable } from './record.ts';
import { lazy } from './runtime/lazy.ts';
import { Lifecycle } from './runtime/lifecycle.ts';
import { openStore } from './sinks/archive/open-store.ts';
import { StoreUnavailable } from './sinks/archive/store-error.ts';
import { type AdvisoryLocks, createAdvisoryLocks } from './store/advisory-locks.ts';
import { unavailable } from './store/database-error.ts';
import { createPool, POOL_TIMEOUTS } from './store/pool.ts';
import type { Telemetry } from './telemetry.ts';
import { TOPIC_NAMES, type Topic, topicName } from './topics.ts';

/**
 * The dependencies of one process, assembled in one place for the roles, the commands, the benchmarks and the tests. Each
 * connection is opened on first use, shared by all who ask for it, and closed by the lifecycle in reverse order. A call
 * rejects if the dependency does not answer; the next call tries again.
 */
export interface Connections {
  readonly config: Config;
  readonly telemetry: Telemetry;
  /** Closes the connections; the caller may add what is built on them. */
  readonly lifecycle: Lifecycle;
  readonly kafka: KafkaClient;
  /**
   * Creates the topics that do not exist. Rejects with `RightsMissing` if it may not create one that the process needs; it
   * leaves out others.
   */
  createTopics(): Promise<void>;
  /** Rejects with `RightsMissing` unless the brokers grant these rights. */
  requireRights(rights: readonly Right[]): Promise<void>;
  /** Why Kafka refuses the records of this process; undefined if it accepts them. */
  writeProblem(): Promise<string | undefined>;
  admin(): Promise<KafkaAdmin>;
  producer(): Promise<Producer>;
  /** The topics of the live feed, and their positions. */
  feed(): Promise<FeedSource>;
  /** Reads how far the role `postgres` has committed its topics; see `createTablePosition`. */
  tablePosition(): Promise<() => Promise<string | null>>;
  /** Reads the rate, the lag and the dead letters of the pipeline; see `createPipelineState`. */
  pipelineState(): Promise<() => Promise<PipelineState>>;
  codec(): Promise<Codec>;
  /** Connections for services and routes; a sink has a pool of its own, so that queries never hold up its writes. */
  postgres(): Promise<pg.Pool>;
  /** Resolves if the bucket of the archive answers. Rejects with a `UsageError` if it cannot be used as configured. */
  bucket(): Promise<void>;
  /** Locks between processes, on a connection to the database of their own that opens at the first lock. */
  advisoryLocks(): Promise<AdvisoryLocks>;
  /**
   * The client of MLflow, whether or not MLflow is available. Rejects with a `UsageError` if the settings cannot be
   * used.
   */
  mlflow(): Promise<MlflowClient>;
}

const LEAST_ANSWER_MS = 5_000;
const ANSWER_GRACE_MS = 1_000;

export interface ConnectionSettings {
  readonly purpose: KafkaPurpose;
  /** Topics whose schemas the codec registers; records of all topics can be decoded without. */
  readonly registers: readonly Topic[];
  /** Closes what was opened. */
  readonly lifecycle: Lifecycle;
}

export function openConnections(
  config: Config,
  telemetry: Telemetry,
  { purpose, registers, lifecycle }: ConnectionSettings,
): Connections {
  const { log, metrics } = telemetry;
  const { topicPrefix, replicationFactor } = config.kafka;
  const principal = principalOf(config.kafka);
  // A command works on all topics; roles only on their own, so that each can run without a right to those of the others.
  const required = new Set(
    (purpose === 'roles' ? registers : TOPIC_NAMES).map((topic) => topicName(topicPrefix, topic)),
  );
  const kafka = createKafka(config.kafka, purpose, telemetry);
  // A broker answers a request to write within its deadline, so one that does not counts as unavailable: another may
  // have become leader.
  const answerMs = Math.max(LEAST_ANSWER_MS, config.producer.deadlineMs + ANSWER_GRACE_MS);
  const sending = createKafka(config.kafka, purpose, telemetry, undefined, answerMs);
  const admin = lazy(async () => {
    const client = kafka.admin();
    return lifecycle.start(
      'Kafka admin client',
      async () => {
        await reachable(client.connect(), config);
        return client;
      },
      () => client.disconnect(),
    );
  });
  const advisoryLocks = lazy(() =>
    lifecycle.start(
      'advisory locks',
      () => createAdvisoryLocks(config.postgres.url.reveal(), 'locks'),
      (locks) => locks.close(),
    ),
  );
  const grantedBy = (rights: readonly Right[]): Promise<void> =>
    reachable(requireRights(kafka, principal, rights), config);
  const writeRefusals = createWriteRefusals(log, grantedBy);
  return {
    config,
    telemetry,
    lifecycle,
    kafka,
    createTopics: lazy(async () => {
      const creating = createKafka(config.kafka, purpose, telemetry, EXPECTED_WHILE_CREATING);
      const creation = createTopics(creating, topicPrefix, TOPIC_NAMES, replicationFactor);
      const { created, refused } = await reachable(creation, config);
      if (created.length > 0) log.info({ topics: created }, 'topics created');
      const missing = refused.filter((name) => required.has(name));
      if (missing.length > 0) throw new RightsMissing(principal, missing.map(toCreate));
    }),
    async requireRights(rights) {
      // Without encryption and authentication all clients are the same principal, so a broker cannot distinguish their
      // rights.
      if (config.kafka.securityProtocol === 'PLAINTEXT') return;
      await grantedBy(rights);
    },
    writeProblem: writeRefusals.problem,
    admin,
    producer: lazy(() =>
      lifecycle.start(
        'producer',
        () =>
          reachable(
            connectProducer(sending, { ...config.producer, explainRefusal: writeRefusals.explain }, metrics),
            config,
          ),
        (producer) => producer.close(),
      ),
    ),
    feed: lazy(async () => createFeedSource(kafka, await admin(), topicPrefix, config.consumer.fetchBytes)),
    tablePosition: lazy(async () => createTablePosition(kafka, await admin(), { role: 'postgres', topicPrefix })),
    pipelineState: lazy(async () => {
      const read = createPipelineState(await admin(), topicPrefix);
      return () => reachable(read(), config);
    }),
    codec: lazy(() =>
      createCodec(countedRegistry(connectRegistry(config.registry), metrics), loadSchemas(), topicPrefix, registers),
    ),
    postgres: lazy(async () => {
      const settings = {
        ...POOL_TIMEOUTS,
        databaseUrl: config.postgres.url.reveal(),
        poolSize: config.postgres.poolSize,
      };
      const pool = createPool(settings, log, { metrics, pool: 'shared' });
      try {
        await pool.query('select 1');
      } catch (error) {
        await pool.end();
        throw unavailable(error);
      }
      return lifecycle.start(
        'Postgres pool',
        () => pool,
        () => pool.end(),
      );
    }),
    async bucket() {
      const store = openStore(config.s3, metrics);
      try {
        const problem = await store.problem();
        if (problem !== undefined) throw new StoreUnavailable(problem);
      } finally {
        store.close();
      }
    },
    advisoryLocks,
    mlflow: lazy(async () => {
      const locks = await advisoryLocks();
      return lifecycle.start(
        'MLflow client',
        () => openMlflow(config.mlflow, { locks, metrics }),
        (client) => client.close(),
      );
    }),
  };
}

const toCreate = (name: string): Right => ({ resource: 'topic', name, operation: 'CREATE' });

/** Names the brokers and the remedy in the error of a connection that failed. */
const reachable = <T>(connecting: Promise<T>, { kafka }: Config): Promise<T> =>
  connecting.catch((cause: unknown) => {
    const failure = describeKafkaError(cause, kafka);
    if (failure === undefined) throw cause;
    throw new KafkaUnavailable(failure.message, { cause });
  });

/**
 * Runs `work` with connections of its own, and closes them afterwards. Throws a {@link UsageError} if a dependency does not
 * answer, or if Kafka refuses a request: a command does not wait for it.
 */
export async function withConnections<T>(
  config: Config,
  log: Log,
  settings: Omit<ConnectionSettings, 'lifecycle'>,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  const lifecycle = new Lifecycle(log);
  try {
    return await work(openConnections(config, { log, metrics: createMetrics() }, { ...settings, lifecycle }));
  } catch (error) {
    throw usageError(error, config);
  } finally {
    await lifecycle.stop(config.process.shutdownMs);
  }
}

/** The error itself, unless a dependency caused it: one sentence about that is all a command prints. */
function usageError(error: unknown, { kafka }: Config): unknown {
  const { name, message } = error as Error;
  // The messages of these errors name their dependency, although a client of Kafka may be among their causes.
  const isSentence = name.endsWith('Unavailable') || error instanceof RightsMissing;
  const sentence = isSentence ? message : describeKafkaError(error, kafka)?.message;
  return sentence === undefined ? error : new UsageError(sentence, { cause: error });
}
