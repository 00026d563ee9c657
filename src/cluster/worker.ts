import cluster from 'node:cluster';
import type { Registry } from 'prom-client';
import { isMessage, type Message, Questions } from './messages.ts';

const TIMEOUT_MS = 4_000;

/** This process as one of the workers of a gateway. */
export interface GatewayWorker {
  /** The metrics of all workers together, in the Prometheus text format. */
  readMetrics(): Promise<string>;
}

/** Takes part in the cluster of a gateway, where this process was started by one. */
export function joinCluster(registry: Registry): GatewayWorker | undefined {
  if (!cluster.isWorker) return undefined;
  const sums = new Questions<string>();
  const say = (message: Message) => process.send?.(message);

  process.on('message', (message: unknown) => {
    if (isMessage(message, 'summed-metrics')) sums.answer(message.id, message.text);
    else if (isMessage(message, 'report-metrics')) {
      void registry
        .getMetricsAsJSON()
        .then((metrics) => say({ thunderline: 'reported-metrics', id: message.id, metrics }));
    }
  });

  return { readMetrics: () => sums.ask((id) => say({ thunderline: 'sum-metrics', id }), TIMEOUT_MS) };
}
