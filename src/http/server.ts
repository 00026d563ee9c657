import type { Server as TlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tracer } from '@opentelemetry/api';
import type { Authenticate } from '../access/access.ts';
import { requireLoopback } from '../access/loopback.ts';
import { openAccess } from '../access/open-access.ts';
import type { AccessConfig } from '../access/options.ts';
import type { Log } from '../log.ts';
import { dataOf, writeMetrics } from '../metrics/metrics-text.ts';
import { setWhenRead } from '../metrics/when-read.ts';
import { type Metrics, startAtZero } from '../metrics.ts';
import { type Redact, withoutSecretForms } from '../redact.ts';
import type { Probe } from '../runtime/health.ts';
import type { ProcessConfig } from '../runtime/options.ts';
import { createBudget } from './budget.ts';
import { createCors } from './cors.ts';
import { describeApi } from './describe-api.ts';
import { createDispatch } from './dispatch.ts';
import { createDocsRoutes } from './docs-routes.ts';
import { drain, type Phase } from './drain.ts';
import { limitConnections } from './limit-connections.ts';
import { listen, schemeOf, urlOf } from './listen.ts';
import { createNodeServer } from './node-server.ts';
import {
  createHealthRoutes,
  createMetricsRoute,
  createOperationsRoutes,
  type HealthProbes,
  type ReadMetrics,
} from './operations-routes.ts';
import type { HttpConfig } from './options.ts';
import type { Route } from './route.ts';
import { ANY_PAGE, RouteTable } from './route-table.ts';
import { createServeRoute } from './serve-route.ts';
import { followTlsFiles, readTls, tlsFilesOf } from './tls-files.ts';

/** The groups of settings that the server reads. */
export interface HttpSettings {
  readonly access: Pick<AccessConfig, 'trustedProxies'>;
  readonly http: HttpConfig;
  readonly process: ProcessConfig;
  /** Hides secrets in what a probe or a problem says; absent, those that are recognisable by their form. */
  readonly redact?: Redact;
}

export interface HttpParts {
  readonly config: HttpSettings;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent, no spans. */
  readonly tracer?: Tracer | undefined;
  /** The probes of `/health/live`; more may be added later. */
  readonly live: readonly Probe[];
  /** The probes of `/health/ready`; more may be added later. */
  readonly ready: readonly Probe[];
  /** Absent, everyone is admitted and only a loopback address is bound. */
  readonly authenticate?: Authenticate | undefined;
  /** Whether everyone is admitted at the moment, because there is no API key. */
  readonly isOpen?: (() => boolean) | undefined;
  /** Absent, the metrics of this process. */
  readonly readMetrics?: ReadMetrics | undefined;
  /** The routes served from the first request on, besides those that every process has. */
  readonly routes?: readonly Route[] | undefined;
  /** While true, an unknown address is answered 503 instead of 404: its route may still be added. */
  readonly isStarting?: (() => boolean) | undefined;
}

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** The address of `HEALTH_PORT`; undefined if it is not set. */
  readonly healthUrl: string | undefined;
  /** The address of `METRICS_PORT`; undefined if it is not set. */
  readonly metricsUrl: string | undefined;
  /** Adds routes, at any time. Throws if a route with the same name, or method and path, exists. */
  serve(...routes: readonly Route[]): void;
  /** Answers 503 on `/health/ready`, stops accepting connections, and answers the requests in flight. */
  stop(): Promise<void>;
}

/**
 * Starts to listen with the routes that every process has: health, metrics, and the description of the API. Throws
 * `UsageError` if the address is not allowed without keys, or is not free.
 */
export async function startHttp(parts: HttpParts): Promise<HttpServer> {
  const { config, log, metrics, tracer, authenticate = openAccess, isStarting = () => false } = parts;
  const { isOpen = () => authenticate === openAccess } = parts;
  const { host, port: wantedPort, healthPort, metricsPort, readyGraceMs } = config.http;
  if (authenticate === openAccess) requireLoopback(host);
  const phase: Phase = { leaving: false, stopping: false };
  const cors = createCors(config.http.corsOrigins);
  const table = new RouteTable();
  const files = tlsFilesOf(config.http);
  const tls = files && readTls(files);
  const { server, exchanges } = createNodeServer(config.http, { metrics, tls }, (exchange) => dispatch(exchange));
  if (files !== undefined) followTlsFiles(server as TlsServer, files, { log, metrics });
  const connections = limitConnections(server, { ...config.http, ...config.access }, metrics);
  setWhenRead(metrics.httpConnections, connections.open);
  const { redact = withoutSecretForms } = config;
  const budget = createBudget(MAX_HELD_BYTES, { bytes: metrics.httpBytes, overloads: metrics.httpOverloads });
  const serveRoute = createServeRoute({ authenticate, connections, phase, budget, log, redact, tracer });
  const dispatch = createDispatch({ table, serveRoute, phase, isOpen, isStarting, cors, log });

  const stopping: Probe = {
    name: 'stopping',
    check: async () => (phase.leaving ? 'this process is stopping' : undefined),
  };
  const probes: HealthProbes = {
    redact,
    live: () => parts.live,
    ready: () => [stopping, connections.probe, ...parts.ready],
  };
  const readMetrics: ReadMetrics =
    parts.readMetrics ?? (async (format) => writeMetrics(await dataOf(metrics.registry), format));
  const serve = (...routes: readonly Route[]): void => {
    table.add(...routes);
    startAtZero(metrics, { route: routes.map(({ path }) => path).filter((path) => path !== ANY_PAGE) });
  };
  serve(
    ...createOperationsRoutes({ ...probes, readMetrics, describe: describeOnce(table) }),
    ...createDocsRoutes(),
    ...(parts.routes ?? []),
  );

  // In this order: the first port that a worker listens on becomes the port of the gateway.
  const port = await listen(server, host, wantedPort, 'PORT');
  const opened: Aside[] = [];
  const health = await startAside('HEALTH_PORT', healthPort, createHealthRoutes(probes));
  const measured = await startAside('METRICS_PORT', metricsPort, [createMetricsRoute(readMetrics, null)]);

  /** Serves routes on a port of their own, which the connections and requests of the gateway cannot exhaust. */
  async function startAside(
    variable: 'HEALTH_PORT' | 'METRICS_PORT',
    ownPort: number | undefined,
    routes: readonly Route[],
  ): Promise<Aside | undefined> {
    if (ownPort === undefined) return undefined;
    const ownTable = new RouteTable();
    ownTable.add(...routes);
    const own = createNodeServer(config.http, { metrics }, (exchange) => serveOwn(exchange));
    const serveOwn = createDispatch({ table: ownTable, serveRoute, phase, isOpen, isStarting, cors, log });
    limitConnections(own.server, { ...ASIDE_LIMITS, trustedProxies: config.access.trustedProxies }, metrics);
    const aside = { ...own, port: await listen(own.server, host, ownPort, variable).catch(closeAndThrow) };
    opened.push(aside);
    return aside;
  }
  function closeAndThrow(error: unknown): never {
    for (const { server: other } of [{ server }, ...opened]) other.close();
    throw error;
  }

  // The time left after the grace has three parts: for bodies to arrive, for Kafka to acknowledge, and for the rest of
  // the process to stop.
  const thirdMs = Math.max(0, config.process.shutdownMs - readyGraceMs) / 3;
  const times = { bodiesMs: thirdMs, deadlineMs: 2 * thirdMs };
  return {
    port,
    url: urlOf(host, port, schemeOf(config.http)),
    healthUrl: health && urlOf(host, health.port),
    metricsUrl: measured && urlOf(host, measured.port),
    serve,
    async stop() {
      phase.leaving = true;
      await sleep(readyGraceMs);
      phase.stopping = true;
      await drain(server, exchanges, times, log);
      // Last, so that /health/ready answers 503 while requests are still answered.
      await Promise.all(opened.map((aside) => drain(aside.server, aside.exchanges, ASIDE_DRAIN, log)));
    },
  };
}

/** Bytes of commands being read and of unread answers, at most: posted events and uploads have budgets of their own. */
const MAX_HELD_BYTES = 64 * 1_048_576;

/** A server on a port of its own. */
type Aside = ReturnType<typeof createNodeServer> & { readonly port: number };

/** Silent sockets of one address must not lock out the probe of another. */
const ASIDE_LIMITS = { maxConnections: 64, maxConnectionsPerClient: 16 };
const ASIDE_DRAIN = { bodiesMs: 100, deadlineMs: 200 };

/** The document at `/openapi.json`, made again when routes were added. */
function describeOnce(table: RouteTable): () => string {
  let described = { routes: 0, text: '' };
  return () => {
    const routes = table.list();
    if (described.routes !== routes.length) {
      described = { routes: routes.length, text: JSON.stringify(describeApi(routes)) };
    }
    return described.text;
  };
}
