import { loadConfig } from '../../../src/config.ts';
import { withConnections } from '../../../src/connections.ts';
import { createLog } from '../../../src/log.ts';
import type { Metrics } from '../../../src/metrics.ts';

export interface Connected {
  readonly brokers: number;
  readonly metrics: Metrics;
}

/**
 * Connects to Kafka as a command of Thunderline does. Rejects with the sentence that it would print.
 *
 * @param onLine gets each line of its log, at the level debug.
 */
export async function connect(
  environment: Readonly<Record<string, string | undefined>>,
  onLine?: (line: string) => void,
): Promise<Connected> {
  const log = onLine === undefined ? createLog('silent') : createLog('debug', { write: onLine });
  const settings = { purpose: 'test', registers: [] } as const;
  return withConnections(loadConfig(environment), log, settings, async ({ admin, telemetry }) => {
    const { brokers } = await (await admin()).describeCluster();
    return { brokers: brokers.length, metrics: telemetry.metrics };
  });
}
