import cluster from 'node:cluster';
import type { Registry } from 'prom-client';
import type { Peers } from '../access/peers.ts';
import { type Log, setLogLevel } from '../log.ts';
import { dataOf, type MetricsFormat, type MetricsText } from '../metrics/metrics-text.ts';
import { type ClusterMessage, isMessage, Questions } from './messages.ts';

const TIMEOUT_MS = 4_000;

/** This process as a worker of a gateway. */
export interface GatewayWorker {
  /** The metrics of all workers together. */
  readMetrics(format: MetricsFormat): Promise<MetricsText>;
  /** The other workers, which share the quota of each key. */
  readonly peers: Peers;
}

/** Joins the cluster of a gateway if this process is a worker of one. */
export function joinCluster(registry: Registry, log: Log): GatewayWorker | undefined {
  if (!cluster.isWorker) return undefined;
  const sums = new Questions<MetricsText>();
  let applyUsage: Parameters<Peers['onUsage']>[0] = () => undefined;
  const send = (message: ClusterMessage) => process.send?.(message);

  process.on('message', (message: unknown) => {
    if (isMessage(message, 'summed-metrics')) sums.answer(message.id, message.text);
    else if (isMessage(message, 'usage')) applyUsage(message.usage);
    else if (isMessage(message, 'log-level')) setLogLevel(log, message.level);
    else if (isMessage(message, 'report-metrics')) {
      dataOf(registry)
        .then((metrics) => send({ thunderline: 'reported-metrics', id: message.id, metrics }))
        // Without an answer the primary sums the metrics of the other workers.
        .catch(() => undefined);
    }
  });

  return {
    readMetrics: (format) => sums.ask((id) => send({ thunderline: 'sum-metrics', id, format }), TIMEOUT_MS),
    peers: {
      send: (usage) => void send({ thunderline: 'usage', usage }),
      onUsage(apply) {
        applyUsage = apply;
      },
    },
  };
}
