import type { IncomingMessage } from 'node:http';
import express, { type ErrorRequestHandler } from 'express';
import type { Log } from '../log.ts';
import type { Exchange } from './exchanges.ts';
import { idsOfRequest } from './ids-of-request.ts';
import { prefersHtml } from './prefers-html.ts';
import { Problem, SECURITY_HEADERS } from './problem.ts';
import { problemOfError } from './problem-of-error.ts';
import { allowOf, type Match, type RouteTable, routeFor } from './route-table.ts';
import { sendProblemAndDrainBody } from './send-problem.ts';
import type { ServeRoute } from './serve-route.ts';

export interface AppParts {
  readonly log: Log;
  readonly table: RouteTable;
  readonly serveRoute: ServeRoute;
  /** Further routes may still be added: an unknown address is answered 503 instead of 404. */
  readonly isStarting: () => boolean;
}

/**
 * The Express application. It serves every request whose URL is not exactly the path of a route: parameters, a query, a
 * trailing slash, an absolute URL; and it answers 404, 405 and OPTIONS.
 */
export function createApp({ log, table, serveRoute, isStarting }: AppParts): (exchange: Exchange) => void {
  const exchangeOf = new WeakMap<IncomingMessage, Exchange>();
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(async (request, response) => {
    const exchange = exchangeOf.get(request) as Exchange;
    const page = prefersHtml(request) ? table.unknownPage : undefined;
    const match = findMatch(table, request.path, page !== undefined);
    if (match === undefined && page !== undefined) return serveRoute(page, exchange, {});
    if (match === undefined) throw isStarting() ? starting() : notFound(request.path);
    const { address, parameters } = match;
    exchange.route = address.path;
    const allow = allowOf(address);
    if (request.method === 'OPTIONS') {
      response.set(SECURITY_HEADERS).set('allow', allow).status(204).end();
      return;
    }
    const route = routeFor(address, request.method);
    if (route === undefined) {
      const message = `this address does not support ${request.method}; it supports ${allow}`;
      throw new Problem('method_not_allowed', message, { headers: { allow } });
    }
    await serveRoute(route, exchange, parameters);
  });
  app.use(answerErrors(log));
  return (exchange) => {
    exchangeOf.set(exchange.request, exchange);
    app(exchange.request, exchange.response);
  };
}

/** @param isLenient a path that is not valid percent-encoding matches nothing, instead of throwing a `Problem`. */
function findMatch(table: RouteTable, path: string, isLenient: boolean): Match | undefined {
  try {
    return table.match(path);
  } catch (error) {
    if (isLenient) return undefined;
    throw error;
  }
}

const notFound = (path: string): Problem => new Problem('not_found', `no route matches ${path.slice(0, 200)}`);

const starting = (): Problem =>
  new Problem('starting', 'the process is still starting; not all of its routes are served yet', {
    retryAfterSeconds: 1,
  });

/** The properties of an Express error that the client caused. */
interface ClientFault {
  readonly status?: number;
}

/** Express recognises an error handler by its four parameters. */
const answerErrors =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const { status = 500 } = (error ?? {}) as ClientFault;
    const problem =
      error instanceof Problem || status < 400 || status >= 500
        ? problemOfError(error)
        : new Problem('malformed_request', (error as Error).message.slice(0, 300));
    if (problem.code === 'internal')
      log.error({ cause: error, ...idsOfRequest(request) }, 'unhandled error while serving a request');
    sendProblemAndDrainBody(request, response, problem);
  };
