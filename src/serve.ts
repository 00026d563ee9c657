import { trace } from '@opentelemetry/api';
import { startAccess } from './access/start-access.ts';
import { joinCluster } from './cluster/worker.ts';
import type { Config } from './config.ts';
import { type HttpServer, startHttp } from './http/server.ts';
import { createSessionRoutes } from './http/session-routes.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { ROLES } from './pipeline.ts';
import { createPlatform } from './platform.ts';
import { consumerGroups } from './roles/consumer-groups.ts';
import { hasGroups, isConfigured, type Role } from './roles/role.ts';
import { startRole } from './roles/start-role.ts';
import type { Topic } from './topics.ts';
import { openTracing } from './tracing/open-tracing.ts';
import { version } from './version.ts';

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
  const tracing = await openTracing(config.tracing, log);
  const tracer = tracing?.tracer ?? trace.getTracer('thunderline');
  const telemetry = { log, metrics: createMetrics({ process: true }), tracer };
  telemetry.metrics.buildInfo.set({ version: version(), node: process.version }, 1);
  const stopping = new AbortController();
  const failure = Promise.withResolvers<Error>();
  const platform = createPlatform(config, telemetry, {
    topics: topicsOf(roles),
    groups: consumerGroups(ROLES.filter((role) => isConfigured(role, config))),
    signal: AbortSignal.any([signal, stopping.signal]),
    fail: failure.resolve,
  });
  const { lifecycle, live, ready } = platform;
  await lifecycle.start(
    'traces',
    () => tracing,
    (started) => started?.stop(),
  );
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

  async function start(role: Role): Promise<void> {
    const running = telemetry.metrics.roleRunning;
    running.set({ role: role.name }, 0);
    await startRole(role, platform);
    running.set({ role: role.name }, 1);
  }

  async function listen(): Promise<HttpServer> {
    const { authenticate, isOpen, sessions } = access;
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
      routes: createSessionRoutes(sessions),
    });
    platform.listens(server);
    return server;
  }

  try {
    // A single process reports itself that it is not ready; a worker must not be given connections before it is.
    if (worker === undefined) http = await listen();
    // A role can fail permanently while another one still waits for its dependency, which can take hours.
    const failed = failure.promise.then((error) => Promise.reject(error));
    await Promise.race([Promise.all(roles.map((role) => start(role))), failed]);
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

/** Every topic that the roles read or write. A role that reads in a consumer group may have to write dead letters. */
const topicsOf = (roles: readonly Role[]): readonly Topic[] => [
  ...new Set<Topic>([
    ...roles.flatMap(({ reads, writes }) => [...reads, ...writes]),
    ...(roles.some(hasGroups) ? (['ml.deadletters'] as const) : []),
  ]),
];
