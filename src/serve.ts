import { startAccess } from './access/start-access.ts';
import { shareLogLevel } from './cluster/share-log-level.ts';
import { joinCluster } from './cluster/worker.ts';
import type { Config } from './config.ts';
import { createLogLevelRoutes } from './http/log-level-routes.ts';
import { type HttpServer, startHttp } from './http/server.ts';
import { createSessionRoutes } from './http/session-routes.ts';
import type { Log, LogLevel } from './log.ts';
import { ROLES } from './pipeline.ts';
import { createPlatform } from './platform.ts';
import { consumerGroups } from './roles/consumer-groups.ts';
import { isConfigured, type Role } from './roles/role.ts';
import { startRole } from './roles/start-role.ts';
import { topicsOfRoles } from './roles/topics-of-roles.ts';
import { startTelemetry } from './start-telemetry.ts';

/** A running system, or a part of one. */
export interface Serving {
  readonly port: number;
  readonly url: string;
  /** The address of `METRICS_PORT`; undefined if it is not set, and for the workers of a gateway. */
  readonly metricsUrl?: string | undefined;
  /** Stops everything in reverse order, within `SHUTDOWN_MS`. */
  stop(): Promise<void>;
  /** Settles with the error of the first role that cannot continue. */
  readonly failed: Promise<Error>;
}

/**
 * Starts `roles` in this process. Each role waits for the dependencies it needs, which `/health/ready` names, and holds up
 * no other role. If a role cannot start for another cause, or one that was started fails permanently meanwhile, everything
 * started is stopped again and the promise rejects.
 *
 * @param signal gives up a start that waits.
 */
export async function serve(
  config: Config,
  roles: readonly Role[],
  log: Log,
  signal: AbortSignal = new AbortController().signal,
): Promise<Serving> {
  const { telemetry, stop: stopTelemetry } = await startTelemetry(config.tracing, log);
  const stopping = new AbortController();
  const failure = Promise.withResolvers<Error>();
  const platform = createPlatform(config, telemetry, {
    topics: topicsOfRoles(roles),
    groups: consumerGroups(ROLES.filter((role) => isConfigured(role, config))),
    migrates: roles.some(({ migrates }) => migrates),
    signal: AbortSignal.any([signal, stopping.signal]),
    fail: failure.resolve,
  });
  const { lifecycle, live, ready, isStarting } = platform;
  await lifecycle.start('traces', () => undefined, stopTelemetry);
  const worker = joinCluster(telemetry.metrics.registry, log);
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
    const levels = {
      logLevel: () => log.level as LogLevel,
      setLogLevel: (level: LogLevel) => shareLogLevel(log, level),
    };
    const routes = [...createSessionRoutes(access.sessions), ...createLogLevelRoutes(levels)];
    const parts = { live, ready, isStarting, authenticate, isOpen, readMetrics: worker?.readMetrics, routes };
    const server = await startHttp({ config, ...telemetry, ...parts });
    platform.listens(server);
    return server;
  }

  try {
    // A single process reports itself that it is not ready; a worker must not be given connections before it is.
    if (worker === undefined) http = await listen();
    // A role can fail permanently while another one still waits for its dependency, which can take hours.
    const failed = failure.promise.then((error) => Promise.reject(error));
    await Promise.race([Promise.all(roles.map((role) => startRole(role, platform))), failed]);
    http ??= await listen();
  } catch (error) {
    await stop();
    throw error;
  }
  platform.started();
  log.info(
    { roles: roles.map(({ name }) => name), url: http.url, healthUrl: http.healthUrl, metricsUrl: http.metricsUrl },
    'thunderline is ready',
  );
  return { port: http.port, url: http.url, metricsUrl: http.metricsUrl, failed: failure.promise, stop };
}
