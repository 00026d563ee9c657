import cluster from 'node:cluster';
import { type Log, type LogLevel, setLogLevel } from '../log.ts';
import type { ClusterMessage } from './messages.ts';

/**
 * Sets the level of the log in this process and, in a gateway of several processes, in all of them. A worker that is started later has
 * the level of `LOG_LEVEL`.
 */
export function shareLogLevel(log: Log, level: LogLevel): void {
  setLogLevel(log, level);
  const message: ClusterMessage = { thunderline: 'log-level', level };
  if (cluster.isWorker) process.send?.(message);
  else for (const worker of Object.values(cluster.workers ?? {})) if (worker?.isConnected()) worker.send(message);
}
