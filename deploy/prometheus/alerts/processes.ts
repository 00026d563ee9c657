import type { Alert } from '../alert.ts';

/** Roles without which no event reaches a row, or no alert can be trusted. */
const ESSENTIAL = ['gateway', 'router', 'postgres', 'observer'];

/** A role that has run within a day and does not now, whatever an installation uses; and the essential ones in any case. */
const missingRoles = [
  '(max by (role) (max_over_time(thunderline_role_running[1d])) unless on (role) max by (role) (thunderline_role_running) == 1)',
  ...ESSENTIAL.map((role) => `absent(thunderline_role_running{role="${role}"})`),
].join(' or ');

/** Processes, their limits, and those that watch them. */
export const PROCESS_ALERTS: readonly Alert[] = [
  {
    name: 'TargetDown',
    severity: 'page',
    expr: 'up{job="thunderline"} == 0',
    holds: '2m',
    summary: 'Prometheus cannot read the metrics of {{ $labels.instance }}.',
    test: {
      series: { 'up{job="thunderline",instance="10.0.0.7:9464"}': '1x5 0x10' },
      quietAt: '6m',
      firesAt: '9m',
      fires: [{ job: 'thunderline', instance: '10.0.0.7:9464' }],
    },
  },
  {
    name: 'ExporterDown',
    severity: 'ticket',
    expr: 'up{job=~"kafka|node"} == 0',
    holds: '5m',
    summary: 'Prometheus cannot read {{ $labels.instance }} ({{ $labels.job }}), so alerts about it cannot fire.',
    test: {
      series: { 'up{job="node",instance="10.0.0.7:9100"}': '1x5 0x10' },
      quietAt: '9m',
      firesAt: '12m',
      fires: [{ job: 'node', instance: '10.0.0.7:9100' }],
    },
  },
  {
    name: 'RoleMissing',
    severity: 'page',
    expr: missingRoles,
    holds: '3m',
    summary: 'The role {{ $labels.role }} runs in no process.',
    test: {
      series: {
        'thunderline_role_running{role="gateway"}': '1x30',
        'thunderline_role_running{role="router"}': '1x30',
        'thunderline_role_running{role="postgres"}': '1x30',
        'thunderline_role_running{role="observer"}': '1x30',
        'thunderline_role_running{role="archive"}': '1x5 stale',
      },
      quietAt: '5m',
      firesAt: '15m',
      fires: [{ role: 'archive' }],
    },
  },
  {
    name: 'ObserverBlind',
    severity: 'ticket',
    expr: 'time() - max by (task) (thunderline_observer_success_timestamp_seconds) > 900',
    holds: '1m',
    summary: 'The observer has not read {{ $labels.task }} for 15 minutes, so its alerts cannot fire.',
    test: {
      series: { 'thunderline_observer_success_timestamp_seconds{task="groups"}': '0+60x5 300x30' },
      quietAt: '18m',
      firesAt: '24m',
      fires: [{ task: 'groups' }],
    },
  },
  {
    name: 'GatewayOverloaded',
    severity: 'ticket',
    expr: 'sum by (cause) (increase(thunderline_ingest_overloads_total[10m])) > 0',
    holds: '5m',
    summary: 'Requests are answered 503 overloaded: {{ $labels.cause }}.',
    test: {
      series: { 'thunderline_ingest_overloads_total{cause="bytes_in_flight"}': '0x5 1+1x20' },
      quietAt: '8m',
      firesAt: '15m',
      fires: [{ cause: 'bytes_in_flight' }],
    },
  },
  {
    name: 'GatewayWorkersCrash',
    severity: 'ticket',
    expr: 'sum(increase(thunderline_gateway_worker_restarts_total[15m])) > 0',
    summary: 'Worker processes of a gateway ended unexpectedly and were replaced.',
    test: {
      series: { thunderline_gateway_worker_restarts_total: '0x5 1x20' },
      quietAt: '5m',
      firesAt: '8m',
    },
  },
  {
    name: 'FeedSlow',
    severity: 'ticket',
    expr: 'histogram_quantile(0.95, sum by (le) (rate(thunderline_live_delay_seconds_bucket[5m]))) > 5',
    holds: '5m',
    summary: 'The pages and terminals show events more than 5 s after their acceptance.',
    test: {
      series: {
        'thunderline_live_delay_seconds_bucket{le="5"}': '0x30',
        'thunderline_live_delay_seconds_bucket{le="10"}': '0x5 10+10x25',
        'thunderline_live_delay_seconds_bucket{le="+Inf"}': '0x5 10+10x25',
      },
      quietAt: '8m',
      firesAt: '15m',
    },
  },
];
