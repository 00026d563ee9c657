import { type DashboardSpec, M, p95, rate, share, shared } from '../panel.ts';

/** The tables, the archive, the mirror to MLflow, and the calls of all of them. */
export const sinks: DashboardSpec = {
  name: 'sinks-and-mirror',
  title: 'Thunderline: sinks and mirror',
  variables: [{ name: 'dependency', metric: M.dependencyCalls, label: 'dependency' }],
  rows: [
    {
      title: 'Dependencies',
      panels: [
        {
          title: 'Calls by result',
          kind: 'timeseries',
          unit: 'ops',
          description: 'refused is an answer about the request; failed is none, or one that cannot be served now.',
          queries: [
            {
              expr: rate(`${M.dependencyCalls}{dependency=~"$dependency"}`, 'dependency', 'result'),
              legend: '{{dependency}} {{result}}',
            },
          ],
        },
        {
          title: 'Time of calls, p95',
          kind: 'timeseries',
          unit: 's',
          description: 'By dependency.',
          queries: p95(M.dependencySeconds, '{dependency=~"$dependency"}', 'dependency'),
        },
        {
          title: 'Connections to Postgres in use',
          kind: 'timeseries',
          unit: 'percentunit',
          description: 'Of the limit of each pool. At 100 % requests wait.',
          limit: 0.9,
          queries: [
            {
              expr: share(`sum by (pool) (${M.poolConnections}{state="used"})`, `sum by (pool) (${M.poolLimit})`),
              legend: '{{pool}}',
            },
          ],
        },
        {
          title: 'Requests that wait for a connection',
          kind: 'timeseries',
          unit: 'short',
          description: 'More than a moment: the pool is too small, or a statement too slow.',
          limit: 1,
          queries: [{ expr: `sum by (pool) (${M.poolWaiting})`, legend: '{{pool}}' }],
        },
      ],
    },
    {
      title: 'Tables',
      panels: [
        {
          title: 'Rows added or changed',
          kind: 'timeseries',
          unit: 'ops',
          description: 'By table.',
          queries: [{ expr: rate(M.postgresRows, 'table'), legend: '{{table}}' }],
        },
        {
          title: 'Size of tables',
          kind: 'timeseries',
          unit: 'bytes',
          description: 'With indexes and partitions.',
          stacked: true,
          queries: [{ expr: `topk(8, ${shared(M.tableBytes, 'table')})`, legend: '{{table}}' }],
        },
        {
          title: 'Database',
          kind: 'stat',
          unit: 'bytes',
          description: 'Compare with the disk: DiskFilling.',
          queries: [{ expr: shared(M.databaseBytes), legend: 'database' }],
        },
        {
          title: 'Partitions of trial_metrics',
          kind: 'timeseries',
          unit: 'bytes',
          description: 'Above 50 GB, vacuum and detaching become slow.',
          queries: [{ expr: shared(M.partitionBytes, 'which'), legend: '{{which}}' }],
        },
      ],
    },
    {
      title: 'Retention of metric points',
      panels: [
        {
          title: 'Points by tier',
          kind: 'timeseries',
          unit: 'short',
          description: 'raw is the estimate of Postgres.',
          stacked: true,
          queries: [{ expr: shared(M.retentionPoints, 'tier'), legend: '{{tier}}' }],
        },
        {
          title: 'Bytes by tier',
          kind: 'timeseries',
          unit: 'bytes',
          description: 'files are in the bucket.',
          stacked: true,
          queries: [{ expr: shared(M.retentionBytes, 'tier'), legend: '{{tier}}' }],
        },
        {
          title: 'Partitions to be moved',
          kind: 'stat',
          unit: 'short',
          description: 'Older than METRICS_RAW_DAYS. For a day: RetentionBehind.',
          limit: 1,
          queries: [{ expr: shared(M.retentionDue), legend: 'due' }],
        },
        {
          title: 'Days since the last move (at most a year)',
          kind: 'stat',
          unit: 'short',
          description: 'A year where nothing was moved yet.',
          queries: [{ expr: `clamp_max(time() - ${shared(M.retentionSuccess)}, 365 * 86400) / 86400`, legend: 'days' }],
        },
      ],
    },
    {
      title: 'Archive',
      panels: [
        {
          title: 'Bytes written',
          kind: 'timeseries',
          unit: 'Bps',
          description: 'Compressed.',
          queries: [{ expr: rate(M.archiveBytes), legend: 'bytes' }],
        },
        {
          title: 'Objects',
          kind: 'timeseries',
          unit: 'ops',
          description: 'At little traffic, one a partition and five minutes.',
          queries: [{ expr: rate(M.archiveObjects), legend: 'objects' }],
        },
        {
          title: 'Bytes not committed yet',
          kind: 'timeseries',
          unit: 'bytes',
          description: 'Read again after a crash.',
          queries: [{ expr: `sum(${M.archiveBuffered})`, legend: 'bytes' }],
        },
      ],
    },
    {
      title: 'Mirror to MLflow',
      panels: [
        {
          title: 'MLflow is unavailable',
          kind: 'stat',
          unit: 'none',
          description: '1 while the mirror waits. Nothing else does.',
          limit: 1,
          queries: [{ expr: `max(${M.mlflowAway})`, legend: 'away' }],
        },
        {
          title: 'Behind by',
          kind: 'timeseries',
          unit: 's',
          description: 'Age of the oldest record that MLflow does not have.',
          limit: 900,
          queries: [{ expr: shared(`${M.groupLagSeconds}{stage="mlflow"}`, 'topic'), legend: '{{topic}}' }],
        },
        {
          title: 'Records with metric points',
          kind: 'timeseries',
          unit: 'ops',
          description: 'skipped: MLflow had acknowledged them before.',
          queries: [{ expr: rate(M.mlflowRecords, 'result'), legend: '{{result}}' }],
        },
        {
          title: 'Calls of MLflow by result',
          kind: 'timeseries',
          unit: 'ops',
          description:
            'By call: ok, refused for their data, and not served, of which unreachable is a call without an answer.',
          queries: [{ expr: rate(M.mlflowCalls, 'call', 'result'), legend: '{{call}} {{result}}' }],
        },
        {
          title: 'Artifacts',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Uploads and copies to MLflow by result.',
          queries: [
            { expr: rate(M.artifactUploads, 'result'), legend: 'upload {{result}}' },
            { expr: rate(M.artifactCopies, 'result'), legend: 'copy {{result}}' },
          ],
        },
      ],
    },
    {
      title: 'Expiry',
      panels: [
        {
          title: 'Next API key that expires, in days (at most a year)',
          kind: 'stat',
          unit: 'short',
          description: 'A year or more is shown as a year.',
          queries: [{ expr: `clamp_max(${shared(M.keyExpiry)} - time(), 365 * 86400) / 86400`, legend: 'days' }],
        },
      ],
    },
  ],
};
