import { type DashboardSpec, M, p95, quantiles, rate, share, shared } from '../panel.ts';

/** The queue of trials, the hosts that run them, and their Python workers. */
export const bridge: DashboardSpec = {
  name: 'bridge-and-fleet',
  title: 'Thunderline: bridge and fleet',
  variables: [{ name: 'instance', metric: M.bridgePaused, label: 'instance' }],
  rows: [
    {
      title: 'Queue',
      panels: [
        {
          title: 'Trials in the queue',
          kind: 'timeseries',
          unit: 'short',
          description: 'Over all bridges. held: too old to run without an operator.',
          queries: [{ expr: shared(M.bridgeQueued, 'state'), legend: '{{state}}' }],
        },
        {
          title: 'Time until a trial starts',
          kind: 'timeseries',
          unit: 's',
          description: 'From its request until a bridge claimed it.',
          queries: quantiles(M.bridgeQueueSeconds),
        },
        {
          title: 'Commands',
          kind: 'timeseries',
          unit: 'ops',
          description: 'By result.',
          queries: [{ expr: rate(M.bridgeCommands, 'operation', 'result'), legend: '{{operation}} {{result}}' }],
        },
        {
          title: 'Attempts that ended',
          kind: 'timeseries',
          unit: 'ops',
          description: 'retried and released ones run again.',
          queries: [{ expr: rate(M.bridgeTrials, 'outcome'), legend: '{{outcome}}' }],
        },
      ],
    },
    {
      title: 'Hosts',
      panels: [
        {
          title: 'Bridges',
          kind: 'timeseries',
          unit: 'short',
          description: 'lost: the lease has ended, and other bridges run its trials.',
          queries: [{ expr: shared(M.bridgeHosts, 'state'), legend: '{{state}}' }],
        },
        {
          title: 'Slots in use',
          kind: 'timeseries',
          unit: 'percentunit',
          description: 'Of all working bridges. At 100 % with a queue, more hosts shorten it.',
          queries: [
            {
              expr: share(shared(`${M.bridgeQueued}{state="leased"}`), shared(M.bridgeSlots)),
              legend: 'slots',
            },
          ],
        },
        {
          title: 'Paused',
          kind: 'timeseries',
          unit: 'short',
          description: '1 while a bridge claims nothing because of a cause on its host.',
          limit: 1,
          queries: [{ expr: `max by (instance) (${M.bridgePaused}{instance=~"$instance"})`, legend: '{{instance}}' }],
        },
        {
          title: 'Trials of lost bridges',
          kind: 'timeseries',
          unit: 'short',
          description: 'In 10 minutes.',
          queries: [{ expr: `sum by (result) (increase(${M.bridgeLost}[10m]))`, legend: '{{result}}' }],
        },
      ],
    },
    {
      title: 'Workers',
      panels: [
        {
          title: 'Workers in use',
          kind: 'timeseries',
          unit: 'percentunit',
          description: 'By bridge.',
          queries: [
            {
              expr: share(
                `sum by (instance) (${M.bridgeWorkers}{instance=~"$instance"})`,
                `sum by (instance) (${M.bridgeWorkersLimit}{instance=~"$instance"})`,
              ),
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'Attempts of Python workers',
          kind: 'timeseries',
          unit: 'ops',
          description: 'docs/bridge-contract.md has the outcomes.',
          queries: [{ expr: rate(M.bridgeInvocations, 'op', 'outcome'), legend: '{{op}} {{outcome}}' }],
        },
        {
          title: 'Time of an attempt, p95',
          kind: 'timeseries',
          unit: 's',
          description: 'By operation.',
          queries: p95(M.bridgeInvokeSeconds, '', 'op'),
        },
        {
          title: 'Calls of Optuna',
          kind: 'timeseries',
          unit: 'ops',
          description: 'unavailable: the study process, or its storage, does not answer.',
          queries: [{ expr: rate(M.bridgeStudyCalls, 'op', 'outcome'), legend: '{{op}} {{outcome}}' }],
        },
        {
          title: 'Warm workers replaced',
          kind: 'timeseries',
          unit: 'ops',
          description: 'ended: the process was killed or ended by itself.',
          queries: [{ expr: rate(M.bridgeWarmRestarts, 'reason'), legend: '{{reason}}' }],
        },
      ],
    },
  ],
};
