import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authenticate } from '../access/access.ts';
import { requireLoopback } from '../access/loopback.ts';
import { openAccess } from '../access/open-access.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Probe } from '../runtime/health.ts';
import type { ProcessConfig } from '../runtime/options.ts';
import { createApp } from './app.ts';
import { createDocsRoutes } from './docs-routes.ts';
import { drain, type Phase } from './drain.ts';
import { createExchanges } from './exchanges.ts';
import { listen, urlOf } from './listen.ts';
import { answerMalformed } from './malformed.ts';
import { describeApi } from './openapi/document.ts';
import { createOperationsRoutes } from './operations-routes.ts';
import type { HttpConfig } from './options.ts';
import type { Route } from './route.ts';
import { RouteTable } from './route-table.ts';
import { createServeRoute } from './serve-route.ts';

/** The groups of settings that the server reads. */
export interface HttpSettings {
  readonly http: HttpConfig;
  readonly process: ProcessConfig;
}

export interface HttpParts {
  readonly config: HttpSettings;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The probes of `/health/live`; more may be added later. */
  readonly live: readonly Probe[];
  /** The probes of `/health/ready`; more may be added later. */
  readonly ready: readonly Probe[];
  /** Absent, everyone is admitted and only a loopback address is bound. */
  readonly authenticate?: Authenticate | undefined;
  /** The text of `/metrics`; absent, the metrics of this process. */
  readonly readMetrics?: (() => Promise<string>) | undefined;
  /** The routes served from the first request on, besides those that every process has. */
  readonly routes?: readonly Route[] | undefined;
  /** While true, an unknown address is answered 503 instead of 404: its route may still be added. */
  readonly isStarting?: (() => boolean) | undefined;
}

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** Adds routes, at any time. Throws if a route with the same name, or method and path, exists. */
  serve(...routes: readonly Route[]): void;
  /** Answers 503 on `/health/ready`, stops accepting connections, and answers the requests in flight. */
  stop(): Promise<void>;
}

/** How often Node checks the time-outs of connections. */
const CONNECTION_CHECK_MS = 500;

/**
 * Starts to listen with the routes that every process has: health, metrics, and the description of the API. Throws
 * `UsageError` if the address is not allowed without keys, or is not free.
 */
export async function startHttp(parts: HttpParts): Promise<HttpServer> {
  const { config, log, metrics, authenticate = openAccess, isStarting = () => false } = parts;
  if (authenticate === openAccess) requireLoopback(config.http.host);
  const phase: Phase = { leaving: false, stopping: false };
  const exchanges = createExchanges(metrics);
  const table = tableOf(parts, phase);
  const serveRoute = createServeRoute({ authenticate, phase, log });
  const app = createApp({
    log,
    table,
    serveRoute,
    isStarting,
    onRoute(request, path) {
      const exchange = exchanges.latestOn(request.socket);
      if (exchange !== undefined) exchange.route = path;
    },
  });

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (phase.leaving) response.shouldKeepAlive = false;
    const route = table.exact(request.method, request.url);
    exchanges.start(request, response, route?.path ?? 'none');
    // Express costs two thirds of a small request, so a URL that is exactly a route's path is served without it.
    if (route !== undefined) void serveRoute(route, request, response, NO_PARAMETERS);
    else app(request, response);
  };
  const server = createServer({
    maxHeaderSize: config.http.maxHeaderBytes,
    headersTimeout: Math.min(config.http.headersTimeoutMs, config.http.requestTimeoutMs),
    requestTimeout: config.http.requestTimeoutMs,
    keepAliveTimeout: config.http.keepAliveMs,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
  });
  server.maxConnections = config.http.maxConnections;
  // A connection that one worker has no room for would be passed from worker to worker while all are full. Node's types
  // lack the property.
  Object.assign(server, { dropMaxConnection: true });
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  answerMalformed(server, exchanges, metrics);

  const port = await listen(server, config.http.host, config.http.port);
  // The time left after the grace has three parts: bodies arrive, Kafka acknowledges, the rest of the process stops.
  const thirdMs = Math.max(0, config.process.shutdownMs - config.http.readyGraceMs) / 3;
  const times = { bodiesMs: thirdMs, deadlineMs: 2 * thirdMs };
  return {
    port,
    url: urlOf(config.http.host, port),
    serve: (...routes) => table.add(...routes),
    async stop() {
      phase.leaving = true;
      await sleep(config.http.readyGraceMs);
      phase.stopping = true;
      await drain(server, exchanges, times, log);
    },
  };
}

const NO_PARAMETERS = {};

/** The table of routes, with those that every process has. */
function tableOf(
  { metrics, live, ready, readMetrics, routes: added = [] }: HttpParts,
  phase: Readonly<Phase>,
): RouteTable {
  const stopping: Probe = {
    name: 'stopping',
    check: async () => (phase.leaving ? 'this process is stopping' : undefined),
  };
  const table = new RouteTable();
  let described: { readonly routes: number; readonly text: string } | undefined;
  table.add(
    ...createOperationsRoutes({
      live: () => live,
      ready: () => [stopping, ...ready],
      readMetrics: readMetrics ?? (() => metrics.registry.metrics()),
      metricsType: metrics.registry.contentType,
      describe() {
        const routes = table.list();
        if (described?.routes !== routes.length) {
          described = { routes: routes.length, text: JSON.stringify(describeApi(routes)) };
        }
        return described.text;
      },
    }),
    ...createDocsRoutes(),
    ...added,
  );
  return table;
}
