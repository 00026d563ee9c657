import { errorRatio, SERVICE_LEVELS } from '../../prometheus/service-levels.ts';
import { type DashboardSpec, M, rate, share, shared } from '../panel.ts';

/** The service levels first, then the questions of the first minute: what fails, what waits, what is missing. */
export const overview: DashboardSpec = {
  name: 'overview',
  title: 'Thunderline: overview',
  variables: [],
  rows: [
    {
      title: 'Service levels',
      panels: [
        ...SERVICE_LEVELS.map((level) => ({
          title: level.title,
          kind: 'stat' as const,
          unit: 'percentunit' as const,
          description: `The last hour; the objective is ${level.objective * 100} %.`,
          queries: [{ expr: `1 - ${errorRatio(level, '1h')}`, legend: 'last hour' }],
        })),
        {
          title: 'Budget used, as a multiple of what 30 days allow',
          kind: 'timeseries',
          unit: 'short',
          description: 'At 1 the budget lasts exactly; at 14.4 over an hour someone is woken.',
          limit: 14.4,
          queries: SERVICE_LEVELS.map((level) => ({
            expr: `${errorRatio(level, '1h')} / ${Number((1 - level.objective).toPrecision(6))}`,
            legend: level.title,
          })),
        },
        {
          title: 'Alerts that fire',
          kind: 'stat',
          unit: 'none',
          description: 'docs/operations.md has a section for each.',
          limit: 1,
          queries: [
            { expr: 'count(ALERTS{alertstate="firing",service="thunderline"}) or vector(0)', legend: 'alerts' },
          ],
        },
      ],
    },
    {
      title: 'Traffic',
      panels: [
        {
          title: 'Events by result',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Accepted events are in Kafka, rejected ones have faults, unavailable ones must be sent again.',
          queries: [{ expr: rate(M.ingestEvents, 'result'), legend: '{{result}}' }],
        },
        {
          title: 'Records that wait',
          kind: 'timeseries',
          unit: 'short',
          description:
            'Of each consumer, seen from outside. It rises while a consumer is slower than its topic, or gone.',
          queries: [{ expr: 'stage:thunderline_group_lag_records:sum', legend: '{{stage}}' }],
        },
        {
          title: 'Age of the oldest record that waits',
          kind: 'timeseries',
          unit: 's',
          description: 'The archive holds records for up to 300 s; the others are within seconds.',
          queries: [{ expr: 'stage:thunderline_group_lag_seconds:max', legend: '{{stage}}' }],
        },
        {
          title: 'Dead letters that wait',
          kind: 'stat',
          unit: 'none',
          description: '`npx thunderline deadletters list` shows them.',
          limit: 1,
          queries: [{ expr: shared(M.deadLettersWaiting), legend: 'records' }],
        },
      ],
    },
    {
      title: 'Parts',
      panels: [
        {
          title: 'Roles that run',
          kind: 'table',
          unit: 'none',
          description: 'Processes by role.',
          queries: [{ expr: `sum by (role) (${M.roleRunning})`, legend: '{{role}}' }],
        },
        {
          title: 'Versions',
          kind: 'table',
          unit: 'none',
          description: 'More than one version runs only during a roll-out.',
          queries: [{ expr: `count by (version, node) (${M.buildInfo})`, legend: '{{version}}' }],
        },
        {
          title: 'Failed calls of dependencies',
          kind: 'timeseries',
          unit: 'percentunit',
          description: 'The share of calls without an answer, or with one that the dependency cannot serve now.',
          limit: 0.05,
          queries: [
            {
              expr: share(
                rate(`${M.dependencyCalls}{result="failed"}`, 'dependency'),
                rate(M.dependencyCalls, 'dependency'),
              ),
              legend: '{{dependency}}',
            },
          ],
        },
      ],
    },
  ],
};
