import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { checkHealth, type Probe } from '../runtime/health.ts';
import { Problem, SECURITY_HEADERS, sendProblem } from './problem.ts';

export interface AppParts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly live: readonly Probe[];
  readonly ready: readonly Probe[];
  readonly routers: readonly Router[];
}

/** The Express application: everything but the ingest route, which is served ahead of it. */
export function createApp({ log, metrics, live, ready, routers }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_, response, next) => {
    response.set(SECURITY_HEADERS);
    next();
  });
  app.get('/health/live', healthOf(live));
  app.get('/health/ready', healthOf(ready));
  app.get('/metrics', async (_, response) => {
    const text = await metrics.registry.metrics();
    response.set('content-type', metrics.registry.contentType).send(text);
  });
  for (const router of routers) app.use(router);
  app.use((request, response) => {
    sendProblem(response, new Problem('not_found', `there is nothing at ${request.path.slice(0, 200)}`));
  });
  app.use(answerErrors(log));
  return app;
}

/** Answers 200, or 503 with the problem of each probe that has one. */
const healthOf =
  (probes: readonly Probe[]): RequestHandler =>
  async (_, response) => {
    const health = await checkHealth(probes);
    response.status(health.ok ? 200 : 503).json(health);
  };

/** Express finds the last handler by its four parameters. */
const answerErrors =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, _request, response, _next) => {
    if (!(error instanceof Problem)) log.error({ cause: error }, 'a request failed in a way we do not know');
    sendProblem(response, error instanceof Problem ? error : new Problem('internal', 'the request failed'));
  };
