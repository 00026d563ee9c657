import type { IncomingMessage } from 'node:http';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Router,
} from 'express';
import type { Authenticate } from '../access/access.ts';
import { AccessRefused } from '../access/access-refused.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { checkHealth, type Probe } from '../runtime/health.ts';
import type { Phase } from './drain.ts';
import { createGuard } from './guard.ts';
import { INGEST_PATH, type Ingest } from './ingest/ingest.ts';
import { Problem, SECURITY_HEADERS } from './problem.ts';
import { problemOfError } from './problem-of-error.ts';
import { ROUTES } from './routes.ts';
import { sendProblem } from './send-problem.ts';

export interface AppParts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly live: readonly Probe[];
  readonly ready: readonly Probe[];
  readonly routers?: readonly Router[] | undefined;
  readonly readMetrics?: (() => Promise<string>) | undefined;
  readonly ingest: Ingest | undefined;
  readonly authenticate: Authenticate;
  readonly phase: Readonly<Phase>;
}

/** The Express application: everything but the ingest route, whose plain form is served ahead of it. */
export function createApp(parts: AppParts): Express {
  const { log, metrics, live, routers = [], ingest, authenticate, phase } = parts;
  const stopping: Probe = {
    name: 'stopping',
    check: async () => (phase.leaving ? 'this process is stopping' : undefined),
  };
  const readMetrics = parts.readMetrics ?? (() => metrics.registry.metrics());
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_, response, next) => {
    response.set(SECURITY_HEADERS);
    next();
  });
  app.use(createGuard(Object.values(ROUTES), authenticate));
  app.get(
    ROUTES.live.path,
    healthOf(() => live),
  );
  app.get(
    ROUTES.ready.path,
    healthOf(() => [stopping, ...parts.ready]),
  );
  app.get(ROUTES.metrics.path, async (_, response) => {
    response.set('content-type', metrics.registry.contentType).send(await readMetrics());
  });
  // Forms of the address that only a router understands: a trailing slash, a query, a whole URL.
  if (ingest !== undefined) app.post(INGEST_PATH, (request, response) => ingest(request, response, false));
  for (const router of routers) app.use(router);
  app.use((request, response) => {
    sendProblem(response, new Problem('not_found', `there is nothing at ${request.path.slice(0, 200)}`));
  });
  app.use(answerErrors(log));
  return app;
}

/** Answers 200, or 503 with the problem of each probe that has one. Probes are added while the process starts. */
const healthOf =
  (probes: () => readonly Probe[]): RequestHandler =>
  async (_, response) => {
    const health = await checkHealth(probes());
    response.status(health.ok ? 200 : 503).json(health);
  };

/** The route that served a request, by its pattern: a closed list, as labels of metrics must be. */
export function routeOf(request: IncomingMessage): string {
  const { baseUrl, route } = request as Request;
  return typeof route?.path === 'string' ? `${baseUrl}${route.path}` : 'none';
}

/** What Express and its body parsers throw at a client's fault. */
interface ClientFault {
  readonly status?: number;
  readonly expose?: boolean;
}

/** Express knows an error handler by its four parameters. */
const answerErrors =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, _request, response, _next) => {
    const problem = error instanceof Problem ? error : problemOf(error);
    if (problem.code === 'internal') log.error({ cause: error }, 'a request failed in a way we do not know');
    sendProblem(response, problem);
  };

function problemOf(error: unknown): Problem {
  if (error instanceof AccessRefused) return problemOfError(error);
  const { status = 500 } = (error ?? {}) as ClientFault;
  if (status === 413) return new Problem('body_too_large', 'the body is larger than this address takes');
  if (status === 415) return new Problem('unsupported_media_type', 'this address does not take such a body');
  if (status >= 400 && status < 500) return new Problem('malformed_request', (error as Error).message.slice(0, 300));
  return new Problem('internal', 'the request failed', { cause: error });
}
