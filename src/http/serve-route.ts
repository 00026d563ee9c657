import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Tracer } from '@opentelemetry/api';
import type { Access, Authenticate } from '../access/access.ts';
import type { Client } from '../access/client.ts';
import { openAccess } from '../access/open-access.ts';
import { requireEveryRun, requireRun } from '../access/run-reach.ts';
import type { Log } from '../log.ts';
import type { Redact } from '../redact.ts';
import { type RequestSpan, startRequestSpan } from '../tracing/request-span.ts';
import type { Budget, Reservation } from './budget.ts';
import type { Phase } from './drain.ts';
import type { Exchange } from './exchanges.ts';
import { idsOfRequest } from './ids-of-request.ts';
import type { ConnectionShares } from './limit-connections.ts';
import { Problem, SECURITY_HEADERS, shuttingDown } from './problem.ts';
import { problemOfError } from './problem-of-error.ts';
import type { Reply, Route } from './route.ts';
import { sendProblemAndDrainBody } from './send-problem.ts';

export interface ServeRouteParts {
  readonly authenticate: Authenticate;
  readonly connections: Pick<ConnectionShares, 'claim'>;
  readonly phase: Readonly<Phase>;
  /** Bounds the bytes of commands and of unread answers. */
  readonly budget: Pick<Budget, 'lease'>;
  readonly log: Log;
  /** Hides secrets in the text of a problem, which may quote the error of a dependency. */
  readonly redact: Redact;
  /** Absent, no spans. */
  readonly tracer?: Tracer | undefined;
}

/** Serves one request by a route: authenticates the caller, calls the handler and sends its answer. Never rejects. */
export type ServeRoute = (
  route: Route,
  exchange: Exchange,
  parameters: Readonly<Record<string, string>>,
) => Promise<void>;

export function createServeRoute({
  authenticate,
  connections,
  phase,
  budget,
  log,
  redact,
  tracer,
}: ServeRouteParts): ServeRoute {
  function reserveFor(response: ServerResponse, client: Client): Reservation {
    const reservation = budget.lease(client);
    response.once('close', () => reservation.release());
    return reservation;
  }

  return async function serveRoute(route, exchange, parameters) {
    const { request, response } = exchange;
    let access: Access | undefined;
    const span = tracer && traceRequest(tracer, route, request);
    if (log.isLevelEnabled('debug')) logWhenAnswered(log, route, exchange);
    try {
      // Reads are answered until the connection closes, so that health and metrics can be observed during the stop.
      if (phase.stopping && route.method !== 'GET') throw shuttingDown();
      const { scope } = route;
      const readmit = () => (scope === null ? openAccess(request, 'read') : authenticate(request, scope));
      const admitted = readmit();
      access = admitted instanceof Promise ? await admitted : admitted;
      connections.claim(request.socket, access.client);
      requireReach(route, access, parameters);
      exchange.handlerTimesBody = route.bodyTime === 'handler';
      const { client } = access;
      const reserve = (): Reservation => reserveFor(response, client);
      const reply = await route.handle({
        request,
        response,
        access,
        readmit,
        reserve,
        parameters,
        traceId: span?.traceId,
      });
      if (reply !== undefined) sendReply(response, reply, access, reserve);
    } catch (error) {
      const problem = withRedactedText(problemOfError(error), redact);
      if (problem.code === 'internal')
        log.error(
          { cause: error, route: route.path, ...idsOfRequest(request) },
          'unhandled error while serving a request',
        );
      if (access !== undefined && !response.headersSent) response.setHeaders(new Map(Object.entries(access.headers())));
      sendProblemAndDrainBody(request, response, problem);
    }
    span?.end(response.statusCode);
  };
}

/**
 * Starts the span of a request. Whatever reads the `traceparent` of the request from then on is below that span. Health and the
 * description of the API, which are public, are asked for too often to be worth spans.
 */
function traceRequest(
  tracer: Tracer,
  { method, path, scope }: Route,
  request: IncomingMessage,
): RequestSpan | undefined {
  if (scope === null) return undefined;
  const span = startRequestSpan(tracer, { method, path }, request.headers.traceparent as string | undefined);
  if (span !== undefined) request.headers.traceparent = span.traceparent;
  return span;
}

function withRedactedText(problem: Problem, redact: Redact): Problem {
  const message = redact(problem.message);
  return message === problem.message ? problem : new Problem(problem.code, message, problem.details);
}

function logWhenAnswered(log: Log, { method, path }: Route, { request, response }: Exchange): void {
  const startedAt = performance.now();
  response.once('close', () => {
    const seconds = (performance.now() - startedAt) / 1_000;
    log.debug(
      { method, route: path, status: response.statusCode, seconds, ...idsOfRequest(request) },
      'request answered',
    );
  });
}

/** Throws `AccessRefused` if the key is bound to runs and this request may go beyond them; see `Route.boundKeys`. */
function requireReach({ scope, boundKeys }: Route, access: Access, { run }: Readonly<Record<string, string>>): void {
  if (scope === null || access.runPrefix === '') return;
  if (run !== undefined) requireRun(access, run);
  else if (boundKeys !== 'handler') requireEveryRun(access);
}

/** A shorter answer costs no more than its socket. */
const LONG_ANSWER_BYTES = 16_384;

/** Throws the `Problem` overloaded if the client leaves too many bytes of long answers unread. */
function sendReply(response: ServerResponse, reply: Reply, access: Access, reserve: () => Reservation): void {
  const { status = 200, type, body, headers } = reply;
  const bytes = Buffer.byteLength(body);
  const isHead = response.req.method === 'HEAD';
  // Buffers are files, of which all answers share one copy.
  const reservation = typeof body === 'string' && bytes > LONG_ANSWER_BYTES && !isHead ? reserve() : undefined;
  reservation?.take(bytes);
  // A 304 refers to the content that the client has, so it has no headers about its own, empty body.
  const about = status === 304 ? {} : { 'content-type': type, 'content-length': bytes };
  response.writeHead(status, {
    ...about,
    ...SECURITY_HEADERS,
    ...access.headers(),
    ...headers,
  });
  response.end(isHead ? undefined : body);
  response.req.resume();
}
