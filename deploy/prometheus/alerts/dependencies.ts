import { type Alert, DAY_S } from '../alert.ts';

/** Postgres, S3, the registry and MLflow, as the processes that call them see them. */
export const DEPENDENCY_ALERTS: readonly Alert[] = [
  {
    name: 'DependencyFailing',
    severity: 'ticket',
    expr:
      'sum by (dependency) (rate(thunderline_dependency_calls_total{result="failed"}[5m])) / ' +
      'clamp_min(sum by (dependency) (rate(thunderline_dependency_calls_total[5m])), 1e-9) > 0.05',
    holds: '5m',
    summary: 'More than 5 % of the calls of {{ $labels.dependency }} fail.',
    test: {
      series: {
        'thunderline_dependency_calls_total{dependency="s3",result="ok"}': '0+100x30',
        'thunderline_dependency_calls_total{dependency="s3",result="failed"}': '0x5 20+20x25',
      },
      quietAt: '8m',
      firesAt: '15m',
      fires: [{ dependency: 's3' }],
    },
  },
  {
    name: 'PoolExhausted',
    severity: 'ticket',
    expr: 'max by (instance, pool) (thunderline_postgres_pool_waiting) > 0',
    holds: '5m',
    summary: 'Requests of {{ $labels.instance }} wait for a connection of the pool {{ $labels.pool }}.',
    test: {
      series: { 'thunderline_postgres_pool_waiting{instance="a",pool="queries"}': '0x5 4x20' },
      quietAt: '8m',
      firesAt: '12m',
      fires: [{ instance: 'a', pool: 'queries' }],
    },
  },
  {
    name: 'MlflowAway',
    severity: 'ticket',
    expr: 'max(thunderline_mlflow_away) == 1',
    holds: '10m',
    summary: 'MLflow does not serve requests; its mirror waits, and nothing else does.',
    test: { series: { thunderline_mlflow_away: '0x5 1x20' }, quietAt: '12m', firesAt: '17m' },
  },
  {
    name: 'MirrorBehind',
    severity: 'ticket',
    expr: 'max(thunderline_group_lag_seconds{stage="mlflow"}) > 900',
    holds: '5m',
    summary: 'MLflow shows trials more than 15 minutes late.',
    test: {
      series: { 'thunderline_group_lag_seconds{stage="mlflow",topic="ml.events.high",partition="0"}': '0x5 1000x20' },
      quietAt: '8m',
      firesAt: '12m',
    },
  },
  {
    name: 'PartitionTooLarge',
    severity: 'ticket',
    expr: 'max(thunderline_postgres_partition_bytes{which="largest"}) > 50e9',
    holds: '1h',
    summary: 'A partition of trial_metrics is larger than 50 GB: vacuum and detaching it become slow.',
    test: {
      interval: '5m',
      series: { 'thunderline_postgres_partition_bytes{which="largest"}': '40000000000x12 60000000000x60' },
      quietAt: '1h30m',
      firesAt: '3h',
    },
  },
  {
    name: 'RetentionBehind',
    severity: 'ticket',
    expr: 'max(thunderline_retention_partitions_due) > 0',
    holds: '1d',
    summary: 'For a day there have been partitions of trial_metrics that should have left Postgres.',
    test: {
      interval: '5m',
      series: { thunderline_retention_partitions_due: '0x24 2x400' },
      quietAt: '12h',
      firesAt: '30h',
    },
  },
  {
    name: 'DiskFilling',
    severity: 'ticket',
    expr:
      'predict_linear(node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"}[6h], 4 * 86400) < 0 and ' +
      'node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.4',
    holds: '1h',
    summary: 'The disk {{ $labels.mountpoint }} of {{ $labels.instance }} will be full within four days at this rate.',
    test: {
      interval: '5m',
      series: {
        'node_filesystem_avail_bytes{instance="a",mountpoint="/data",fstype="ext4"}': '400-1x300',
        'node_filesystem_size_bytes{instance="a",mountpoint="/data",fstype="ext4"}': '1000x300',
      },
      quietAt: '10m',
      firesAt: '8h',
      fires: [{ instance: 'a', mountpoint: '/data', fstype: 'ext4' }],
    },
  },
  {
    name: 'DiskAlmostFull',
    severity: 'page',
    expr: 'node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"} / node_filesystem_size_bytes < 0.1',
    holds: '5m',
    summary: 'Less than 10 % of the disk {{ $labels.mountpoint }} of {{ $labels.instance }} is free.',
    test: {
      series: {
        'node_filesystem_avail_bytes{instance="a",mountpoint="/data",fstype="ext4"}': '500x5 50x20',
        'node_filesystem_size_bytes{instance="a",mountpoint="/data",fstype="ext4"}': '1000x30',
      },
      quietAt: '8m',
      firesAt: '12m',
      fires: [{ instance: 'a', mountpoint: '/data', fstype: 'ext4' }],
    },
  },
  {
    name: 'CertificateExpires',
    severity: 'ticket',
    expr: `min by (what) (thunderline_certificate_expiry_timestamp_seconds) - time() < ${21 * DAY_S}`,
    holds: '1h',
    summary: 'The certificate of {{ $labels.what }} expires within 21 days.',
    test: {
      interval: '5m',
      series: { 'thunderline_certificate_expiry_timestamp_seconds{what="postgres"}': `${22 * DAY_S}x400` },
      quietAt: '12h',
      firesAt: '30h',
      fires: [{ what: 'postgres' }],
    },
  },
  {
    name: 'CertificateExpiresSoon',
    severity: 'page',
    expr: `min by (what) (thunderline_certificate_expiry_timestamp_seconds) - time() < ${7 * DAY_S}`,
    holds: '1h',
    summary: 'The certificate of {{ $labels.what }} expires within 7 days; open connections hide that.',
    test: {
      interval: '5m',
      series: { 'thunderline_certificate_expiry_timestamp_seconds{what="postgres"}': `${8 * DAY_S}x400` },
      quietAt: '12h',
      firesAt: '30h',
      fires: [{ what: 'postgres' }],
    },
  },
  {
    name: 'ApiKeyExpires',
    severity: 'ticket',
    expr: `min(thunderline_api_key_expiry_timestamp_seconds) - time() < ${7 * DAY_S}`,
    holds: '1h',
    summary: 'An API key that clients use expires within 7 days.',
    test: {
      interval: '5m',
      series: { thunderline_api_key_expiry_timestamp_seconds: `${8 * DAY_S}x400` },
      quietAt: '12h',
      firesAt: '30h',
    },
  },
];
