import { DELIVERY_SECONDS } from './buckets.ts';
import { codesWithStatus } from './codes-with-status.ts';
import type { MetricTable } from './metric.ts';

/** Consumers of Kafka: progress, lag, failures. */
export const DELIVERY_METRICS = {
  stageRecords: {
    kind: 'counter',
    name: 'stage_records_total',
    labels: ['stage', 'result'],
    values: { result: ['emitted', 'stored', 'dropped', 'rejected'] },
    help: 'Records handled by a consumer, by result: emitted, stored, dropped, rejected.',
  },
  stageSeconds: {
    kind: 'histogram',
    name: 'stage_chunk_seconds',
    labels: ['stage'],
    help: 'Time from the start of a chunk of records until its results are durable.',
  },
  stageLatency: {
    kind: 'histogram',
    name: 'stage_latency_seconds',
    labels: ['stage'],
    help: 'Time from the acceptance of an event until a consumer commits it, for the oldest event of each chunk.',
    buckets: DELIVERY_SECONDS,
    exemplars: true,
  },
  stageEvents: {
    kind: 'counter',
    name: 'stage_events_total',
    labels: ['stage'],
    help: 'Records that a consumer has committed and whose time of acceptance is known.',
  },
  stageLate: {
    kind: 'counter',
    name: 'stage_late_events_total',
    labels: ['stage'],
    help: 'Records that a consumer has committed more than 5 seconds after their acceptance.',
  },
  stageLag: {
    kind: 'gauge',
    name: 'stage_lag_records',
    labels: ['stage', 'topic', 'partition'],
    help: 'Records between the committed offset and the end of a partition, of the partitions that this process has.',
  },
  stageProgress: {
    kind: 'gauge',
    name: 'stage_progress_timestamp_seconds',
    labels: ['stage', 'topic', 'partition'],
    help: 'Unix time when the committed offset last changed or was at the end, of the partitions that this process has.',
  },
  stageAssigned: {
    kind: 'gauge',
    name: 'stage_partitions_assigned',
    labels: ['stage', 'topic'],
    help: 'Partitions that the group has assigned to this process.',
  },
  stageRebalances: {
    kind: 'counter',
    name: 'stage_rebalances_total',
    labels: ['stage', 'topic'],
    help: 'Times that this process was assigned partitions: its joins, and the rebalances of the group.',
  },
  stageLost: {
    kind: 'counter',
    name: 'stage_lost_records_total',
    labels: ['stage', 'topic', 'partition'],
    help: 'Records that retention deleted before the consumer read them.',
  },
  stageRetries: {
    kind: 'counter',
    name: 'stage_retries_total',
    labels: ['stage'],
    help: 'Failed attempts that are retried because a dependency may recover.',
  },
  stageWaiting: {
    kind: 'gauge',
    name: 'stage_waiting',
    labels: ['stage', 'topic'],
    help: 'Partitions that wait for a dependency to recover.',
  },
  stageBreaker: {
    kind: 'gauge',
    name: 'stage_breaker_open',
    labels: ['stage', 'topic'],
    help: '1 while a consumer is stopped because it rejected too many records: see its log and ml.deadletters.',
  },
  stageRewinds: {
    kind: 'counter',
    name: 'stage_rewinds_total',
    labels: ['stage', 'topic', 'partition'],
    help: 'Times a partition was read from its first record because its topic was deleted and created again.',
  },
  stageRestarts: {
    kind: 'counter',
    name: 'stage_restarts_total',
    labels: ['stage'],
    help: 'Restarts of a consumer after a crash.',
  },
  deadLetters: {
    kind: 'counter',
    name: 'dead_letters_total',
    labels: ['stage', 'reason'],
    values: { reason: codesWithStatus(null) },
    help: 'Records dead-lettered, by error code.',
  },
} as const satisfies MetricTable;
