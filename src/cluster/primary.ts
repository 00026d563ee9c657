import cluster, { type Worker } from 'node:cluster';
import { UsageError } from '../errors.ts';
import { schemeOf, urlOf } from '../http/listen.ts';
import type { HttpConfig } from '../http/options.ts';
import type { Log } from '../log.ts';
import {
  dataOf,
  type MetricsData,
  type MetricsFormat,
  type MetricsText,
  writeMetrics,
} from '../metrics/metrics-text.ts';
import type { Metrics } from '../metrics.ts';
import { GATEWAY_WORKER_FLAGS } from '../process-flags.ts';
import type { ProcessConfig } from '../runtime/options.ts';
import { type ClusterMessage, isMessage, Questions } from './messages.ts';
import { Restarts, WORKER_RESTART_POLICY } from './restarts.ts';
import { shareLogLevel } from './share-log-level.ts';
import { sumMetrics } from './sum-metrics.ts';

export interface ClusterParts {
  readonly config: { readonly http: HttpConfig; readonly process: ProcessConfig };
  readonly log: Log;
  /** The metrics of this process, which are added to those of the workers. */
  readonly metrics: Metrics;
  /** Cancels the start. */
  readonly signal: AbortSignal;
}

export interface GatewayCluster {
  readonly port: number;
  readonly url: string;
  /** Settles with the error that ended the cluster: workers crash too often for a replacement to help. */
  readonly failed: Promise<Error>;
  /** Sends a SIGTERM to all workers, and kills those that are left after `SHUTDOWN_MS`. */
  stop(): Promise<void>;
}

const REPORT_TIMEOUT_MS = 2_000;

/**
 * Runs `GATEWAY_WORKERS` processes that serve on one port, each with the command line of this one. This process accepts the
 * connections and hands them out in turn to the workers that are ready. A worker that dies is replaced, and counted. Resolves
 * when the first is ready; rejects with {@link UsageError} if a worker dies before that; the worker has logged the cause.
 */
export async function startCluster({ config, log, metrics, signal }: ClusterParts): Promise<GatewayCluster> {
  const failure = Promise.withResolvers<Error>();
  const listening = Promise.withResolvers<number>();
  const restarts = new Restarts(WORKER_RESTART_POLICY);
  const reports = new Questions<MetricsData>();
  const workers = new Set<Worker>();
  let isUp = false;
  let stopping = false;

  const send = (worker: Worker, message: ClusterMessage): void => {
    if (worker.isConnected()) worker.send(message);
  };

  async function readMetrics(format: MetricsFormat): Promise<MetricsText> {
    const own = dataOf(metrics.registry);
    const asked = [...workers].filter((worker) => worker.isConnected());
    const settled = await Promise.allSettled(
      asked.map((worker) =>
        reports.ask((id) => send(worker, { thunderline: 'report-metrics', id }), REPORT_TIMEOUT_MS),
      ),
    );
    // A worker that is ending does not answer, and must not hide the metrics of the others.
    const reported = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    return writeMetrics(await sumMetrics([...reported, await own]), format);
  }

  function onMessage(worker: Worker, message: unknown): void {
    if (isMessage(message, 'reported-metrics')) reports.answer(message.id, message.metrics);
    else if (isMessage(message, 'log-level')) shareLogLevel(log, message.level);
    else if (isMessage(message, 'usage')) {
      for (const other of workers) if (other !== worker) send(other, message);
    } else if (isMessage(message, 'sum-metrics')) {
      const { id, format } = message;
      readMetrics(format)
        .then((text) => send(worker, { thunderline: 'summed-metrics', id, text }))
        .catch((cause: unknown) => log.warn({ cause }, 'the metrics of the workers could not be summed'));
    }
  }

  function onExit(worker: Worker, code: number, signal: string | null): void {
    workers.delete(worker);
    if (stopping) return;
    const cause = signal ?? `exit code ${code}`;
    if (!isUp) {
      failure.resolve(new UsageError(`a worker of the gateway could not start (${cause}); its log has the reason`));
      return;
    }
    const pauseMs = restarts.pauseMs(Date.now());
    if (pauseMs === undefined) {
      failure.resolve(new Error(`workers of the gateway crash too often; last cause: ${cause}`));
      return;
    }
    metrics.gatewayRestarts.inc();
    log.error(
      { pid: worker.process.pid, cause, pauseMs },
      'a worker of the gateway ended unexpectedly and is replaced',
    );
    setTimeout(fork, pauseMs).unref();
  }

  function fork(): void {
    if (stopping) return;
    const worker = cluster.fork();
    workers.add(worker);
    worker.on('listening', ({ port }) => {
      isUp = true;
      listening.resolve(port);
    });
    worker.on('message', (message: unknown) => onMessage(worker, message));
    worker.on('exit', (code, signal) => onExit(worker, code, signal));
  }

  async function stop(): Promise<void> {
    stopping = true;
    const left = [...workers].map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
    for (const worker of workers) worker.process.kill('SIGTERM');
    const deadline = setTimeout(() => {
      log.warn({ workers: workers.size }, 'workers of the gateway did not stop before the deadline: killing them');
      for (const worker of workers) worker.process.kill('SIGKILL');
    }, config.process.shutdownMs);
    await Promise.all(left);
    clearTimeout(deadline);
  }

  cluster.setupPrimary({ execArgv: [...process.execArgv, ...GATEWAY_WORKER_FLAGS] });
  for (let index = 0; index < config.http.workers; index += 1) fork();
  const giveUp = (): void => failure.resolve(new Error('the start was cancelled'));
  signal.addEventListener('abort', giveUp, { once: true });
  const port = await Promise.race([listening.promise, failure.promise]);
  signal.removeEventListener('abort', giveUp);
  if (port instanceof Error) {
    await stop();
    throw port;
  }
  return { port, url: urlOf(config.http.host, port, schemeOf(config.http)), failed: failure.promise, stop };
}
