import { LOG_LEVELS } from '../log.ts';
import { integer, MEBIBYTE, oneOf, option, share, type Values } from '../option.ts';

/** The process itself: its log and its stop. */
export const processOptions = {
  logLevel: option('LOG_LEVEL', oneOf(LOG_LEVELS), 'info', `Minimum log level: ${LOG_LEVELS.join(', ')}.`),
  shutdownMs: option(
    'SHUTDOWN_MS',
    integer(1),
    '10000',
    'How long a stop may take before the process ends regardless, in milliseconds.',
  ),
} as const;

/** How consumers read, and when they stop. */
export const consumerOptions = {
  sessionTimeoutMs: option(
    'CONSUMER_SESSION_TIMEOUT_MS',
    integer(6_000, 300_000),
    '30000',
    "Time without a heartbeat after which Kafka reassigns a consumer's partitions, in milliseconds.",
  ),
  concurrency: option(
    'CONSUMER_CONCURRENCY',
    integer(1, 64),
    '6',
    'Partitions that one consumer handles at the same time.',
  ),
  fetchBytes: option(
    'CONSUMER_FETCH_BYTES',
    integer(65_536),
    String(1.5 * MEBIBYTE),
    'Bytes fetched of one partition at a time; while they are handled, as many again are read ahead.',
  ),
  chunkRecords: option(
    'CHUNK_RECORDS',
    integer(1, 100_000),
    '20000',
    'Maximum number of records that a consumer handles and commits together; stages and sinks may have lower limits.',
  ),
  breakerRunLength: option(
    'BREAKER_RUN_LENGTH',
    integer(1),
    '100',
    'Consecutive rejected records at which a consumer stops instead of continuing to dead-letter.',
  ),
  breakerRatio: option(
    'BREAKER_RATIO',
    share,
    '0.5',
    'Share of rejected records among the recent ones above which a consumer stops; 1 switches this off.',
  ),
  breakerWindow: option('BREAKER_WINDOW', integer(10), '1000', 'Number of recent records that BREAKER_RATIO covers.'),
  stalledMs: option(
    'CONSUMER_STALLED_MS',
    integer(1_000),
    '60000',
    'How long a partition with records may make no progress before /health/live answers 503, in milliseconds.',
  ),
} as const;

export type ProcessConfig = Values<typeof processOptions>;
