import { UsageError } from './errors.ts';
import { LOG_LEVELS } from './log.ts';
import {
  folder,
  integer,
  list,
  networks,
  type Option,
  oneOf,
  option,
  optional,
  prefix,
  share,
  text,
  url,
} from './option.ts';

const MEBIBYTE = 1_048_576;

/** Every setting there is. `docs/configuration.md` is generated from this table. */
export const OPTIONS = {
  host: option('HOST', text, '127.0.0.1', 'Address the gateway listens on. Another than loopback needs an API key.'),
  port: option('PORT', integer(0, 65_535), '4000', 'Port the gateway listens on; 0 takes a free one.'),
  logLevel: option('LOG_LEVEL', oneOf(LOG_LEVELS), 'info', `Least level that is logged: ${LOG_LEVELS.join(', ')}.`),
  shutdownMs: option(
    'SHUTDOWN_MS',
    integer(1),
    '10000',
    'How long a stop may take before the process ends regardless, in milliseconds.',
  ),

  gatewayWorkers: option(
    'GATEWAY_WORKERS',
    integer(1, 64),
    '1',
    'Processes that serve HTTP on one port; more than one needs the gateway role to run alone.',
  ),
  maxBodyBytes: option(
    'INGEST_MAX_BODY_BYTES',
    integer(1024),
    String(32 * MEBIBYTE),
    'Bytes of a posted body as they come over the wire, at most.',
  ),
  maxDecodedBytes: option(
    'INGEST_MAX_DECODED_BYTES',
    integer(1024, 512 * MEBIBYTE),
    String(32 * MEBIBYTE),
    'Bytes of a posted body after decompression, at most.',
  ),
  maxEvents: option('INGEST_MAX_EVENTS', integer(1), '10000', 'Events in one request, at most.'),
  maxEventBytes: option(
    'INGEST_MAX_EVENT_BYTES',
    integer(256, MEBIBYTE),
    '262144',
    'Bytes of one event as JSON, at most.',
  ),
  maxDepth: option('INGEST_MAX_DEPTH', integer(1, 100), '32', 'Levels of free-form JSON, at most.'),
  maxKeys: option('INGEST_MAX_KEYS', integer(1), '10000', 'Entries of one free-form JSON object, at most.'),
  maxMetrics: option('INGEST_MAX_METRICS', integer(1), '1000', 'Metrics in one event, at most.'),
  maxTextLength: option(
    'INGEST_MAX_TEXT_LENGTH',
    integer(1, MEBIBYTE),
    '65536',
    'Length of a text field such as error_message, in UTF-16 units, at most.',
  ),
  maxBytesInFlight: option(
    'GATEWAY_BYTES_IN_FLIGHT',
    integer(MEBIBYTE),
    String(64 * MEBIBYTE),
    'Bytes of requests being read or waiting for Kafka in one process, at most; beyond it the answer is 503.',
  ),
  maxConnections: option('HTTP_MAX_CONNECTIONS', integer(1), '4096', 'Connections to one process, at most.'),
  maxHeaderBytes: option('HTTP_MAX_HEADER_BYTES', integer(1024), '16384', 'Bytes of the head of a request, at most.'),
  headersTimeoutMs: option(
    'HTTP_HEADERS_TIMEOUT_MS',
    integer(1),
    '10000',
    'How long the head of a request may take to arrive, in milliseconds.',
  ),
  requestTimeoutMs: option(
    'HTTP_REQUEST_TIMEOUT_MS',
    integer(1),
    '30000',
    'How long a whole request may take to arrive, in milliseconds.',
  ),
  keepAliveMs: option(
    'HTTP_KEEP_ALIVE_MS',
    integer(1),
    '75000',
    'How long an idle connection is kept for the next request, in milliseconds.',
  ),
  readyGraceMs: option(
    'READY_GRACE_MS',
    integer(0),
    '0',
    'How long a stopping process still serves while /health/ready says 503, in milliseconds, for load balancers.',
  ),

  limitEventsPerSecond: option(
    'LIMIT_EVENTS_PER_SECOND',
    integer(0),
    '0',
    'Events each API key may post a second, on average over all workers; 0 is no limit.',
  ),
  limitBytesPerSecond: option(
    'LIMIT_BYTES_PER_SECOND',
    integer(0),
    '0',
    'Bytes of decompressed bodies each API key may post a second, on average over all workers; 0 is no limit.',
  ),
  limitBurstSeconds: option(
    'LIMIT_BURST_SECONDS',
    integer(1, 3_600),
    '10',
    'What a key that was silent may send at once: its limits times this many seconds.',
  ),
  authFailuresPerMinute: option(
    'AUTH_FAILURES_PER_MINUTE',
    integer(1),
    '30',
    'Failed authentications of one address before it is answered 429.',
  ),
  trustedProxies: option(
    'TRUSTED_PROXIES',
    networks,
    '',
    'Addresses or networks (10.0.0.0/8) whose X-Forwarded-For tells the address of a client, comma-separated.',
  ),

  kafkaBrokers: option('KAFKA_BROKERS', list, '127.0.0.1:9092', 'Kafka brokers, `host:port`, comma-separated.'),
  topicPrefix: option('KAFKA_TOPIC_PREFIX', prefix, '', 'Goes in front of every topic and consumer-group name.'),
  replicationFactor: option(
    'KAFKA_REPLICATION_FACTOR',
    integer(-1, 100),
    '-1',
    "Replicas of a topic we create; -1 is the broker's default.",
  ),
  schemaRegistryUrl: option(
    'SCHEMA_REGISTRY_URL',
    url('http:', 'https:'),
    'http://127.0.0.1:8081',
    'Confluent-compatible schema registry.',
  ),
  databaseUrl: option(
    'DATABASE_URL',
    url('postgres:', 'postgresql:'),
    'postgres://postgres@127.0.0.1:5432/thunderline',
    'Postgres.',
    true,
  ),
  databasePoolSize: option(
    'DATABASE_POOL_SIZE',
    integer(1, 1000),
    '8',
    'Connections to Postgres of each process, at most.',
  ),

  s3Endpoint: option(
    'S3_ENDPOINT',
    optional(url('http:', 'https:')),
    undefined,
    'S3-compatible object storage; absent, it is AWS.',
  ),
  s3Bucket: option('S3_BUCKET', text, 'thunderline', 'Bucket of the archive.'),
  s3Region: option('AWS_REGION', text, 'us-east-1', 'Region of the bucket.'),
  s3AccessKeyId: option(
    'AWS_ACCESS_KEY_ID',
    optional(text),
    undefined,
    'Key of the bucket; absent, the AWS SDK looks where it always does: profile, container, instance.',
  ),
  s3SecretAccessKey: option('AWS_SECRET_ACCESS_KEY', optional(text), undefined, 'Secret of that key.', true),
  s3SessionToken: option('AWS_SESSION_TOKEN', optional(text), undefined, 'Token of a temporary key.', true),
  s3TimeoutMs: option(
    'S3_TIMEOUT_MS',
    integer(100, 600_000),
    '30000',
    'How long one request to the bucket may take, in milliseconds.',
  ),
  archivePrefix: option('ARCHIVE_PREFIX', folder, 'archive', 'First part of the key of every archived object.'),
  archiveObjectBytes: option(
    'ARCHIVE_OBJECT_BYTES',
    integer(1024, 512 * MEBIBYTE),
    String(8 * MEBIBYTE),
    'Compressed bytes at which an archived object is complete.',
  ),
  archiveObjectAgeMs: option(
    'ARCHIVE_OBJECT_AGE_MS',
    integer(100),
    '300000',
    'How long after its first record was read an archived object is complete, in milliseconds.',
  ),
  archiveBufferBytes: option(
    'ARCHIVE_BUFFER_BYTES',
    integer(65_536),
    String(64 * MEBIBYTE),
    'Bytes of objects in the making in one process, at most; beyond it they are completed early.',
  ),

  producerLingerMs: option(
    'PRODUCER_LINGER_MS',
    integer(0, 1000),
    '1',
    'How long the gateway collects events while nothing is on its way to Kafka, in milliseconds.',
  ),
  producerBatchBytes: option(
    'PRODUCER_BATCH_BYTES',
    integer(1024, MEBIBYTE),
    '524288',
    'Bytes after which a batch is sent at once.',
  ),
  producerDeadlineMs: option(
    'PRODUCER_DEADLINE_MS',
    integer(100, 60_000),
    '4500',
    'How long Kafka may take to acknowledge before the answer is 503, in milliseconds.',
  ),
  producerBufferBytes: option(
    'PRODUCER_BUFFER_BYTES',
    integer(MEBIBYTE),
    String(64 * MEBIBYTE),
    'Bytes waiting for Kafka, at most; beyond it the gateway answers 503.',
  ),

  sessionTimeoutMs: option(
    'CONSUMER_SESSION_TIMEOUT_MS',
    integer(6_000, 300_000),
    '30000',
    'Silence after which Kafka gives the partitions of a consumer to another, in milliseconds.',
  ),
  consumerConcurrency: option(
    'CONSUMER_CONCURRENCY',
    integer(1, 64),
    '6',
    'Partitions one consumer handles at the same time.',
  ),
  consumerFetchBytes: option(
    'CONSUMER_FETCH_BYTES',
    integer(65_536),
    String(1.5 * MEBIBYTE),
    'Bytes fetched of one partition at a time; while they are handled, as many more are read ahead.',
  ),
  breakerRunLength: option(
    'BREAKER_RUN_LENGTH',
    integer(1),
    '100',
    'Records rejected in a row at which a stage stops instead of dead-lettering on.',
  ),
  breakerRatio: option(
    'BREAKER_RATIO',
    share,
    '0.5',
    'Share of rejected records among the recent ones above which a stage stops; 1 switches this off.',
  ),
  breakerWindow: option('BREAKER_WINDOW', integer(10), '1000', 'Recent records that BREAKER_RATIO looks at.'),
  stalledMs: option(
    'CONSUMER_STALLED_MS',
    integer(1_000),
    '60000',
    'How long a partition with records may stand still before /health/live says so, in milliseconds.',
  ),
  chunkRecords: option(
    'CHUNK_RECORDS',
    integer(1, 100_000),
    '4000',
    'Records handled and committed together, at most.',
  ),
} as const;

/** Every setting, read. */
export type Config = { readonly [Name in keyof typeof OPTIONS]: ReturnType<(typeof OPTIONS)[Name]['read']> };

/**
 * Reads the settings from `environment`. An empty variable is an absent one. Throws {@link UsageError} naming every
 * variable that cannot be read.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries<Option<unknown>>(OPTIONS)) {
    const value = environment[entry.variable] || entry.fallback;
    try {
      config[name] = value === undefined ? undefined : entry.read(value);
    } catch (error) {
      const shown = entry.secret ? 'its value' : JSON.stringify(value);
      problems.push(`${entry.variable}: ${(error as Error).message}, got ${shown}`);
    }
  }
  if (problems.length > 0) throw new UsageError(`cannot start with these settings:\n  ${problems.join('\n  ')}`);
  return config as Config;
}
