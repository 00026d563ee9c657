import { type DashboardSpec, M, p95, quantiles, rate } from '../panel.ts';

const FROM = '{instance=~"$instance"}';
const and = (matcher: string): string => `{instance=~"$instance",${matcher}}`;

/** From a client to Kafka. */
export const ingestion: DashboardSpec = {
  name: 'ingestion',
  title: 'Thunderline: ingestion',
  variables: [{ name: 'instance', metric: M.ingestBytes, label: 'instance' }],
  rows: [
    {
      title: 'Events',
      panels: [
        {
          title: 'Events by result',
          kind: 'timeseries',
          unit: 'ops',
          description: 'unavailable: Kafka did not acknowledge them, and the client was told to send them again.',
          queries: [{ expr: rate(M.ingestEvents + FROM, 'result'), legend: '{{result}}' }],
        },
        {
          title: 'Faults of rejected events',
          kind: 'timeseries',
          unit: 'ops',
          description: 'docs/errors.md has the codes. A new one after a release of the training code is a bug there.',
          queries: [{ expr: rate(M.ingestFaults + FROM, 'code'), legend: '{{code}}' }],
        },
        {
          title: 'Time to the acknowledgement',
          kind: 'timeseries',
          unit: 's',
          description:
            'From the last byte of a request until every in-sync replica has its events. The objective is 100 ms.',
          limit: 0.1,
          queries: quantiles(M.ingestSeconds, FROM),
        },
        {
          title: 'Time until Kafka acknowledges a batch',
          kind: 'timeseries',
          unit: 's',
          description: 'The part of Kafka in that.',
          queries: quantiles(M.producerSends, FROM),
        },
      ],
    },
    {
      title: 'Requests',
      panels: [
        {
          title: 'Requests by status',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Of all routes. 499 is a client that left.',
          queries: [{ expr: rate(M.httpRequests + FROM, 'status'), legend: '{{status}}' }],
        },
        {
          title: 'Time of requests, p95',
          kind: 'timeseries',
          unit: 's',
          description: 'By route, slow uploads of the client included.',
          queries: p95(M.httpSeconds, FROM, 'route'),
        },
        {
          title: 'Refused for lack of access',
          kind: 'timeseries',
          unit: 'ops',
          description: 'A rise of `unauthorized` is a key that expired, or someone guessing keys.',
          queries: [{ expr: rate(M.accessRefused + FROM, 'code'), legend: '{{code}}' }],
        },
        {
          title: 'Connections',
          kind: 'timeseries',
          unit: 'short',
          description: 'HTTP_MAX_CONNECTIONS bounds those of one process.',
          queries: [{ expr: `sum by (instance) (${M.httpConnections}${FROM})`, legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Limits',
      panels: [
        {
          title: 'Bytes held',
          kind: 'timeseries',
          unit: 'bytes',
          description: 'Requests in memory, and records that wait for Kafka.',
          queries: [
            { expr: `sum(${M.ingestBytes}${FROM})`, legend: 'requests' },
            { expr: `sum(${M.producerQueuedBytes}${FROM})`, legend: 'records for Kafka' },
          ],
        },
        {
          title: 'Requests answered 503 overloaded',
          kind: 'timeseries',
          unit: 'ops',
          description: 'By the limit that was used up.',
          queries: [{ expr: rate(M.ingestOverloads + FROM, 'cause'), legend: '{{cause}}' }],
        },
        {
          title: 'Records for Kafka',
          kind: 'timeseries',
          unit: 'ops',
          description: 'failed: they were sent again, or their request was answered 503.',
          queries: [{ expr: rate(M.producerRecords + and('result=~".+"'), 'result'), legend: '{{result}}' }],
        },
        {
          title: 'Delay of the event loop, p99',
          kind: 'timeseries',
          unit: 's',
          description: 'Above 50 ms a process is out of processor time.',
          queries: [{ expr: `max by (instance) (nodejs_eventloop_lag_p99_seconds${FROM})`, legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
