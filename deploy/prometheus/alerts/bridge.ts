import type { Alert } from '../alert.ts';

/** The hosts that run trials, and their Python workers. */
export const BRIDGE_ALERTS: readonly Alert[] = [
  {
    name: 'WorkersFailing',
    severity: 'ticket',
    expr:
      'sum by (outcome) (increase(thunderline_bridge_invocations_total' +
      '{outcome=~"hang|timeout|crash|memory|lost|configuration"}[15m])) > 0',
    summary: 'Python workers were ended by the bridge, or ended by themselves: {{ $labels.outcome }}.',
    test: {
      series: { 'thunderline_bridge_invocations_total{op="run_trial",outcome="hang"}': '0x5 1x20' },
      quietAt: '5m',
      firesAt: '8m',
      fires: [{ outcome: 'hang' }],
    },
  },
  {
    name: 'BridgeLost',
    severity: 'ticket',
    expr: 'sum(increase(thunderline_bridge_lost_total[15m])) > 0',
    summary: 'A bridge has ended without giving back its trials; other bridges run them.',
    test: {
      series: { 'thunderline_bridge_lost_total{result="queued"}': '0x5 4x20' },
      quietAt: '5m',
      firesAt: '8m',
    },
  },
  {
    name: 'BridgeHostFailing',
    severity: 'ticket',
    expr: 'max by (instance) (thunderline_bridge_paused) == 1',
    holds: '5m',
    summary: 'The bridge {{ $labels.instance }} claims nothing: attempts failed by a cause on its host.',
    test: {
      series: { 'thunderline_bridge_paused{instance="a"}': '0x5 1x20' },
      quietAt: '8m',
      firesAt: '12m',
      fires: [{ instance: 'a' }],
    },
  },
  {
    name: 'QueueStalled',
    severity: 'page',
    expr:
      'max(thunderline_bridge_queue_trials{state="queued"}) > 0 and on () ' +
      'max(thunderline_bridge_queue_trials{state="leased"}) == 0',
    holds: '10m',
    summary: 'Trials are queued, and no bridge runs any.',
    test: {
      series: {
        'thunderline_bridge_queue_trials{state="queued"}': '0x5 7x20',
        'thunderline_bridge_queue_trials{state="leased"}': '0x30',
      },
      quietAt: '12m',
      firesAt: '17m',
    },
  },
];
