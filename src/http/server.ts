import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from 'express';
import type { Authenticate } from '../access/access.ts';
import { requireLoopback } from '../access/loopback.ts';
import { openAccess } from '../access/open-access.ts';
import { EVENT_LIMITS } from '../events/fault.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { EventProducer } from '../producers/event-producer.ts';
import type { Probe } from '../runtime/health.ts';
import type { ProcessConfig } from '../runtime/options.ts';
import { createApp, routeOf } from './app.ts';
import { createDocs } from './docs.ts';
import { drain, type Phase } from './drain.ts';
import { createExchanges } from './exchanges.ts';
import { createIdSource } from './id-source.ts';
import { createBudget } from './ingest/budget.ts';
import { createIngest, INGEST_PATH, type Ingest } from './ingest/ingest.ts';
import type { IngestConfig } from './ingest/options.ts';
import type { IngestLimits } from './ingest/posted.ts';
import { listen, urlOf } from './listen.ts';
import { answerMalformed } from './malformed.ts';
import { describeApi } from './openapi/document.ts';
import type { HttpConfig } from './options.ts';

/** The groups of settings that the server reads. */
export interface HttpSettings {
  readonly http: HttpConfig;
  readonly ingest: IngestConfig;
  readonly process: ProcessConfig;
}

export interface HttpParts {
  readonly config: HttpSettings;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What `/health/live` asks. */
  readonly live: readonly Probe[];
  /** What `/health/ready` asks. */
  readonly ready: readonly Probe[];
  /** Where posted events go; without it there is no ingest route. */
  readonly events?: EventProducer | undefined;
  /** Without it everyone is let in, and no address but loopback is bound. */
  readonly authenticate?: Authenticate | undefined;
  /** Routes of others, served by Express. */
  readonly routers?: readonly Router[] | undefined;
  /** The text of `/metrics`; absent: the metrics of this process. */
  readonly readMetrics?: (() => Promise<string>) | undefined;
}

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** Turns `/health/ready` to 503, stops accepting, answers what is in flight. */
  stop(): Promise<void>;
}

/** How often time-outs are looked at. */
const CONNECTION_CHECK_MS = 500;

/** Starts to listen. Throws `UsageError` where it may not, or cannot for want of a free port. */
export async function startHttp(parts: HttpParts): Promise<HttpServer> {
  const { config, log, metrics, authenticate = openAccess, routers = [] } = parts;
  if (authenticate === openAccess) requireLoopback(config.http.host);
  const phase: Phase = { leaving: false, stopping: false };
  const exchanges = createExchanges(metrics);
  const limits = limitsOf(config.ingest);
  const ingest = ingestOf({ ...parts, authenticate }, limits, phase);
  const docs = createDocs(() => describeApi(limits));
  const app = createApp({ ...parts, authenticate, routers: [docs, ...routers], ingest, phase });

  const serve = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void => {
    if (phase.leaving) response.shouldKeepAlive = false;
    if (ingest !== undefined && request.url === INGEST_PATH && request.method === 'POST') {
      exchanges.begin(request, response, ingestRoute);
      void ingest(request, response, awaitsContinue);
      return;
    }
    exchanges.begin(request, response, () => routeOf(request));
    if (awaitsContinue) response.writeContinue();
    app(request, response);
  };
  const server = createServer({
    maxHeaderSize: config.http.maxHeaderBytes,
    headersTimeout: Math.min(config.http.headersTimeoutMs, config.http.requestTimeoutMs),
    requestTimeout: config.http.requestTimeoutMs,
    keepAliveTimeout: config.http.keepAliveMs,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
  });
  server.maxConnections = config.http.maxConnections;
  // A connection that one worker has no room for would be handed round for as long as none has (the types do not know it).
  Object.assign(server, { dropMaxConnection: true });
  server.on('request', (request, response) => serve(request, response, false));
  server.on('checkContinue', (request, response) => serve(request, response, true));
  answerMalformed(server, exchanges, metrics);

  const port = await listen(server, config.http.host, config.http.port);
  // What is left after the grace goes in thirds: bodies arrive, Kafka acknowledges, and what comes after us is stopped.
  const thirdMs = Math.max(0, config.process.shutdownMs - config.http.readyGraceMs) / 3;
  const times = { bodiesMs: thirdMs, deadlineMs: 2 * thirdMs };
  return {
    port,
    url: urlOf(config.http.host, port),
    async stop() {
      phase.leaving = true;
      await sleep(config.http.readyGraceMs);
      phase.stopping = true;
      await drain(server, exchanges, times, log);
    },
  };
}

const ingestRoute = (): string => INGEST_PATH;

function limitsOf(config: IngestConfig): IngestLimits {
  const { maxDepth, maxKeys, maxMetrics, maxTextLength } = config;
  return { ...config, event: { ...EVENT_LIMITS, maxDepth, maxKeys, maxMetrics, maxTextLength } };
}

function ingestOf(
  { config, events, authenticate, log, metrics }: HttpParts & { readonly authenticate: Authenticate },
  limits: IngestLimits,
  phase: Phase,
): Ingest | undefined {
  if (events === undefined) return undefined;
  const budget = createBudget(config.ingest.maxBytesInFlight, metrics.ingestBytes);
  return createIngest({ events, authenticate, limits, budget, ids: createIdSource(), phase, log, metrics });
}
