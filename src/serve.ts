import { startAccess } from './access/start-access.ts';
import { joinCluster } from './cluster/worker.ts';
import type { Config } from './config.ts';
import { type HttpServer, startHttp } from './http/server.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createPlatform } from './platform.ts';
import type { Role } from './roles/role.ts';
import { startRole } from './roles/start-role.ts';
import type { Topic } from './topics.ts';

/** A running system, or a part of one. */
export interface Serving {
  readonly port: number;
  readonly url: string;
  /** Stops everything in reverse order, within `SHUTDOWN_MS`. */
  stop(): Promise<void>;
  /** Settles with the error of the first role that cannot continue. */
  readonly failed: Promise<Error>;
}

/**
 * Starts `roles` in this process. Each role waits for the dependencies it needs, which `/health/ready` names, and holds up
 * no other role. If a role cannot start for another cause, everything started is stopped again and the promise rejects.
 *
 * @param signal gives up a start that waits.
 */
export async function serve(
  config: Config,
  roles: readonly Role[],
  log: Log,
  signal: AbortSignal = new AbortController().signal,
): Promise<Serving> {
  const telemetry = { log, metrics: createMetrics({ process: true }) };
  const stopping = new AbortController();
  const failure = Promise.withResolvers<Error>();
  const platform = createPlatform(config, telemetry, {
    topics: topicsOf(roles),
    signal: AbortSignal.any([signal, stopping.signal]),
    fail: failure.resolve,
  });
  const { lifecycle, live, ready } = platform;
  const worker = joinCluster(telemetry.metrics.registry);
  const access = await lifecycle.start(
    'access',
    () => startAccess({ config, ...telemetry, fail: failure.resolve, peers: worker?.peers }),
    (started) => started.stop(),
  );
  let http: HttpServer | undefined;

  async function stop(): Promise<void> {
    const deadline = Date.now() + config.process.shutdownMs;
    stopping.abort();
    await http?.stop();
    await lifecycle.stop(Math.max(1_000, deadline - Date.now()));
  }

  async function listen(): Promise<HttpServer> {
    const { authenticate, isOpen } = access;
    const { isStarting } = platform;
    const readMetrics = worker?.readMetrics;
    const server = await startHttp({
      config,
      ...telemetry,
      live,
      ready,
      authenticate,
      isOpen,
      readMetrics,
      isStarting,
    });
    platform.listens(server);
    return server;
  }

  try {
    // A single process reports itself that it is not ready; a worker must not be given connections before it is.
    if (worker === undefined) http = await listen();
    await Promise.all(roles.map((role) => startRole(role, platform)));
    http ??= await listen();
  } catch (error) {
    await stop();
    throw error;
  }
  platform.started();
  log.info({ roles: roles.map(({ name }) => name), url: http.url, healthUrl: http.healthUrl }, 'thunderline is ready');
  return { port: http.port, url: http.url, failed: failure.promise, stop };
}

/** Every topic that the roles read or write. A role that reads may have to write dead letters. */
const topicsOf = (roles: readonly Role[]): readonly Topic[] => [
  ...new Set<Topic>([...roles.flatMap(({ reads, writes }) => [...reads, ...writes]), 'ml.deadletters']),
];
