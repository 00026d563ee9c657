import { type DashboardSpec, M, p95, rate, shared } from '../panel.ts';

const STAGE = '{stage=~"$stage"}';

/** From Kafka through the consumers: lag, progress, failures. */
export const delivery: DashboardSpec = {
  name: 'delivery',
  title: 'Thunderline: delivery',
  variables: [{ name: 'stage', metric: M.groupLag, label: 'stage' }],
  rows: [
    {
      title: 'Progress',
      panels: [
        {
          title: 'Records handled',
          kind: 'timeseries',
          unit: 'ops',
          description: 'By consumer and result.',
          queries: [{ expr: rate(M.stageRecords + STAGE, 'stage', 'result'), legend: '{{stage}} {{result}}' }],
        },
        {
          title: 'Records that wait, by partition',
          kind: 'timeseries',
          unit: 'short',
          description: 'One partition that rises alone is stuck; all of them together are too slow.',
          queries: [
            {
              expr: shared(M.groupLag + STAGE, 'stage', 'topic', 'partition'),
              legend: '{{stage}} {{topic}}/{{partition}}',
            },
          ],
        },
        {
          title: 'Age of the oldest record that waits',
          kind: 'timeseries',
          unit: 's',
          description: 'By consumer and topic.',
          queries: [{ expr: shared(M.groupLagSeconds + STAGE, 'stage', 'topic'), legend: '{{stage}} {{topic}}' }],
        },
        {
          title: 'Time since the last progress, the worst partition',
          kind: 'timeseries',
          unit: 's',
          description:
            '0 while nothing waits. Above 600 s with records that wait, someone is woken; for the archive, five minutes above ARCHIVE_OBJECT_AGE_MS if that is longer.',
          limit: 600,
          queries: [
            {
              expr: `max by (stage, topic) (time() - ${shared(M.groupProgress + STAGE, 'stage', 'topic', 'partition')})`,
              legend: '{{stage}} {{topic}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Latency',
      panels: [
        {
          title: 'From acceptance to commit, the oldest of each chunk',
          kind: 'timeseries',
          unit: 's',
          description: 'The archive holds records for up to ARCHIVE_OBJECT_AGE_MS, five minutes by default.',
          queries: p95(M.stageLatency, STAGE, 'stage'),
        },
        {
          title: 'Time of a chunk',
          kind: 'timeseries',
          unit: 's',
          description: 'From the start of a chunk until its results are durable.',
          queries: p95(M.stageSeconds, STAGE, 'stage'),
        },
        {
          title: 'Late events',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Committed more than 5 s after their acceptance.',
          queries: [{ expr: rate(M.stageLate + STAGE, 'stage'), legend: '{{stage}}' }],
        },
      ],
    },
    {
      title: 'Groups',
      panels: [
        {
          title: 'Members',
          kind: 'timeseries',
          unit: 'short',
          description: '0 while no process consumes the topic.',
          queries: [{ expr: shared(M.groupMembers + STAGE, 'stage', 'topic'), legend: '{{stage}} {{topic}}' }],
        },
        {
          title: 'Partitions assigned',
          kind: 'timeseries',
          unit: 'short',
          description: 'Together as many as the topic has.',
          queries: [{ expr: `sum by (stage, topic) (${M.stageAssigned}${STAGE})`, legend: '{{stage}} {{topic}}' }],
        },
        {
          title: 'Rebalances',
          kind: 'timeseries',
          unit: 'short',
          description:
            'In 10 minutes. Many of them are a process that comes and goes, or one that misses its heartbeats.',
          queries: [
            {
              expr: `sum by (stage, topic) (increase(${M.stageRebalances}${STAGE}[10m]))`,
              legend: '{{stage}} {{topic}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Failures',
      panels: [
        {
          title: 'Dead letters',
          kind: 'timeseries',
          unit: 'ops',
          description: 'By reason; docs/errors.md has them.',
          queries: [{ expr: rate(M.deadLetters + STAGE, 'stage', 'reason'), legend: '{{stage}} {{reason}}' }],
        },
        {
          title: 'Partitions that wait for a dependency',
          kind: 'timeseries',
          unit: 'short',
          description: '/health/ready names the dependency.',
          limit: 1,
          queries: [{ expr: `sum by (stage, topic) (${M.stageWaiting}${STAGE})`, legend: '{{stage}} {{topic}}' }],
        },
        {
          title: 'Retries and restarts',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Attempts that are repeated, and consumers that crashed.',
          queries: [
            { expr: rate(M.stageRetries + STAGE, 'stage'), legend: '{{stage}} retries' },
            { expr: rate(M.stageRestarts + STAGE, 'stage'), legend: '{{stage}} restarts' },
          ],
        },
        {
          title: 'Stopped by too many bad records',
          kind: 'timeseries',
          unit: 'short',
          description: '1 while the breaker of a consumer is open.',
          limit: 1,
          queries: [{ expr: shared(M.stageBreaker + STAGE, 'stage', 'topic'), legend: '{{stage}} {{topic}}' }],
        },
      ],
    },
  ],
};
