import type pg from 'pg';
import { type Codec, createCodec } from './avro/codec.ts';
import { connectRegistry } from './avro/registry.ts';
import { loadSchemas } from './avro/schemas.ts';
import type { Config } from './config.ts';
import { UsageError } from './errors.ts';
import { createTopics, EXPECTED_WHILE_CREATING } from './kafka/admin/create-topics.ts';
import { connectProducer } from './kafka/client/connect-producer.ts';
import { createKafka, type KafkaAdmin, type KafkaClient, type KafkaPurpose } from './kafka/client/create-kafka.ts';
import { describeKafkaError } from './kafka/client/describe-kafka-error.ts';
import type { Producer } from './kafka/client/producer.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { KafkaUnavailable } from './record.ts';
import { lazy } from './runtime/lazy.ts';
import { Lifecycle } from './runtime/lifecycle.ts';
import { StoreUnavailable } from './sinks/archive/object-store.ts';
import { openStore } from './sinks/archive/open-store.ts';
import { createPool, POOL_TIMEOUTS } from './store/pool.ts';
import type { Telemetry } from './telemetry.ts';
import { TOPIC_NAMES, type Topic } from './topics.ts';

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
  /** Creates the topics that do not exist. */
  createTopics(): Promise<void>;
  admin(): Promise<KafkaAdmin>;
  producer(): Promise<Producer>;
  codec(): Promise<Codec>;
  /** Connections for services and routes; a sink has a pool of its own, so that queries never hold up its writes. */
  postgres(): Promise<pg.Pool>;
  /** Resolves if the bucket of the archive answers. Rejects with a `UsageError` if it cannot be used as configured. */
  bucket(): Promise<void>;
}

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
  const kafka = createKafka(config.kafka, purpose, telemetry);
  return {
    config,
    telemetry,
    lifecycle,
    kafka,
    createTopics: lazy(async () => {
      const creating = createKafka(config.kafka, purpose, telemetry, EXPECTED_WHILE_CREATING);
      const created = await reachable(createTopics(creating, topicPrefix, TOPIC_NAMES, replicationFactor), config);
      if (created.length > 0) log.info({ topics: created }, 'topics created');
    }),
    admin: lazy(async () => {
      const admin = kafka.admin();
      return lifecycle.start(
        'Kafka admin client',
        async () => {
          await reachable(admin.connect(), config);
          return admin;
        },
        () => admin.disconnect(),
      );
    }),
    producer: lazy(() =>
      lifecycle.start(
        'producer',
        () => reachable(connectProducer(kafka, { deadlineMs: config.producer.deadlineMs }, metrics), config),
        (producer) => producer.close(),
      ),
    ),
    codec: lazy(() => createCodec(connectRegistry(config.registry), loadSchemas(), topicPrefix, registers)),
    postgres: lazy(async () => {
      const settings = {
        ...POOL_TIMEOUTS,
        databaseUrl: config.postgres.url.reveal(),
        poolSize: config.postgres.poolSize,
      };
      const pool = createPool(settings, log);
      try {
        await pool.query('select 1');
      } catch (error) {
        await pool.end();
        throw error;
      }
      return lifecycle.start(
        'Postgres pool',
        () => pool,
        () => pool.end(),
      );
    }),
    async bucket() {
      const store = openStore(config.s3);
      try {
        if (!(await store.isThere())) throw new StoreUnavailable(`the bucket ${config.s3.bucket} does not answer`);
      } finally {
        store.close();
      }
    },
  };
}

/** Names the brokers in the error of a connection that failed. */
const reachable = <T>(connecting: Promise<T>, { kafka: { brokers } }: Config): Promise<T> =>
  connecting.catch((cause: unknown) => {
    const failure = describeKafkaError(cause, brokers);
    if (failure === undefined || failure.answered) throw cause;
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
function usageError(error: unknown, { kafka: { brokers } }: Config): unknown {
  const { name, message } = error as Error;
  // These name their dependency themselves, and a client of Kafka may be among their causes.
  const sentence = name.endsWith('Unavailable') ? message : describeKafkaError(error, brokers)?.message;
  return sentence === undefined ? error : new UsageError(sentence, { cause: error });
}
