import type { MetricTable } from './metric.ts';

/**
 * The values that the role `observer` reads from Kafka and Postgres: facts about the whole system, which remain
 * available when the process that they concern has ended. Each process with the role reports the same values.
 */
export const OBSERVER_METRICS = {
  groupLag: {
    kind: 'gauge',
    name: 'group_lag_records',
    labels: ['stage', 'topic', 'partition'],
    help: 'Records between the committed offset of a consumer group and the end of the partition, seen from outside.',
    shared: true,
  },
  groupLagSeconds: {
    kind: 'gauge',
    name: 'group_lag_seconds',
    labels: ['stage', 'topic', 'partition'],
    help: 'Age of the oldest record that the group has not committed; 0 without one. Accurate to the interval of 5 seconds.',
    shared: true,
  },
  groupProgress: {
    kind: 'gauge',
    name: 'group_progress_timestamp_seconds',
    labels: ['stage', 'topic', 'partition'],
    help: 'Unix time when the position of the group last changed or was at the end; before that, the time of the first observation.',
    shared: true,
  },
  groupMembers: {
    kind: 'gauge',
    name: 'group_members',
    labels: ['stage', 'topic'],
    help: 'Members of a consumer group; 0 while no process consumes the topic for this stage.',
    shared: true,
  },
  deadLettersWaiting: {
    kind: 'gauge',
    name: 'dead_letters_waiting',
    labels: [],
    help: 'Records in ml.deadletters that were not replayed, each counted once; at most 200,000 are counted.',
    shared: true,
  },
  databaseBytes: {
    kind: 'gauge',
    name: 'postgres_database_bytes',
    labels: [],
    help: 'Size of the database.',
    shared: true,
  },
  tableBytes: {
    kind: 'gauge',
    name: 'postgres_table_bytes',
    labels: ['table'],
    help: 'Size of a table with its indexes and partitions.',
    shared: true,
  },
  partitionBytes: {
    kind: 'gauge',
    name: 'postgres_partition_bytes',
    labels: ['which'],
    help: 'Size of a partition of trial_metrics with its index: the newest, oldest, largest.',
    shared: true,
  },
  partitions: {
    kind: 'gauge',
    name: 'postgres_partitions',
    labels: [],
    help: 'Partitions of trial_metrics.',
    shared: true,
  },
  retentionPoints: {
    kind: 'gauge',
    name: 'retention_tier_points',
    labels: ['tier'],
    help:
      'Metric points by tier: raw (in Postgres, as it estimated when it last analysed the partitions), rolled_up (in roll-ups and ' +
      'Parquet files).',
    shared: true,
  },
  retentionBytes: {
    kind: 'gauge',
    name: 'retention_tier_bytes',
    labels: ['tier'],
    help: 'Bytes of metric points by tier: raw (partitions with their indexes), rollups (in Postgres), files (Parquet, in the bucket).',
    shared: true,
  },
  retentionDue: {
    kind: 'gauge',
    name: 'retention_partitions_due',
    labels: [],
    help:
      'Partitions of trial_metrics that the next run of `thunderline retention --apply` should move: their trials are older than ' +
      'METRICS_RAW_DAYS, or late points have come for a range that was moved.',
    shared: true,
  },
  retentionSuccess: {
    kind: 'gauge',
    name: 'retention_success_timestamp_seconds',
    labels: [],
    help: 'Unix time when a partition was last moved to roll-ups and files; 0 if none was.',
    shared: true,
  },
  bridgeHosts: {
    kind: 'gauge',
    name: 'bridge_hosts',
    labels: ['state'],
    help: 'Bridges that are registered in Postgres, by state: working; paused (it claims nothing); lost (its lease has ended).',
    shared: true,
  },
  bridgeSlots: {
    kind: 'gauge',
    name: 'bridge_slots',
    labels: [],
    help: 'Trials that all working bridges can run at the same time.',
    shared: true,
  },
  certificateExpiry: {
    kind: 'gauge',
    name: 'certificate_expiry_timestamp_seconds',
    labels: ['what'],
    help:
      'Unix time when a certificate expires. By the observer: registry, postgres, s3, mlflow, of servers reached over TLS. By ' +
      'each process: https (its own), kafka_broker (as last seen), kafka_client.',
    shared: true,
  },
  keyExpiry: {
    kind: 'gauge',
    name: 'api_key_expiry_timestamp_seconds',
    labels: [],
    help: 'Unix time when the first of the currently valid API keys expires; +Inf if none of them expires.',
    shared: true,
  },
  observerSuccess: {
    kind: 'gauge',
    name: 'observer_success_timestamp_seconds',
    labels: ['task'],
    help:
      'Unix time of the last success of a task of the observer: groups, dead_letters, database, retention, certificates; before ' +
      'the first success, the time at which the observer started.',
    shared: true,
  },
} as const satisfies MetricTable;
