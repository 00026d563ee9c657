import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { type Exchanges, REQUEST_FAILED } from './exchanges.ts';
import { CLOSE, Problem } from './problem.ts';
import { sendProblem, writeProblemToSocket } from './send-problem.ts';

/** Node's code for a request that has not arrived within HTTP_REQUEST_TIMEOUT_MS. */
const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

const PROBLEMS: ReadonlyMap<string | undefined, readonly [ErrorCode, string]> = new Map([
  [REQUEST_TIMEOUT, ['request_timeout', 'the request did not arrive in time']],
  ['HPE_HEADER_OVERFLOW', ['headers_too_large', 'the head of the request is too large']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['headers_too_large', 'the extensions of a chunk are too large']],
] as const);

/** How long a client may take to read the problem before its connection is closed. */
const LAST_ANSWER_MS = 2_000;

/**
 * Answers what never becomes a request that can be served: malformed HTTP, a head that is too large, a request that
 * arrives too slowly, CONNECT.
 */
export function answerMalformed(server: Server, exchanges: Exchanges, metrics: Metrics): void {
  const rejected = new WeakSet<Socket>();

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const latest = exchanges.latestOn(socket);
    // Node reports each request once, and then leaves its connection alone.
    if (error.code === REQUEST_TIMEOUT && latest?.handlerTimesBody === true && !latest.request.complete) return;
    // A request that was answered before its body arrived needs no other answer: the client would take it for the next
    // request's.
    const answered = latest !== undefined && !latest.request.complete && latest.response.writableFinished;
    if (error.code === 'ECONNRESET' || isHandshake(error) || !socket.writable || answered) {
      socket.destroy();
      return;
    }
    if (rejected.has(socket)) return;
    rejected.add(socket);
    const problem = problemOfParserError(error);
    // The start of the next request is unknown from here on, so nothing else is read from this connection.
    const close = () => setTimeout(() => socket.destroy(), LAST_ANSWER_MS).unref();
    const write = () => {
      close();
      metrics.httpRequests.inc({ route: 'malformed', status: problem.status });
      writeProblemToSocket(socket, problem);
    };
    if (latest === undefined || latest.response.writableFinished) write();
    // An earlier request still waits for its answer, which this one must not be mistaken for.
    else if (latest.request.complete) latest.response.once('close', write);
    else {
      close();
      if (!latest.request.emit(REQUEST_FAILED, problem)) sendProblem(latest.response, problem);
    }
  });

  // Without this listener Node closes the connection without an answer.
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    metrics.httpRequests.inc({ route: 'malformed', status: 405 });
    socket.on('error', () => socket.destroy());
    writeProblemToSocket(socket, new Problem('method_not_allowed', 'this server is not a proxy', CONNECT_NOT_ALLOWED));
  });
}

/** A client that cannot agree on TLS, such as one that sends plain HTTP, can read no answer. */
const isHandshake = ({ code = '' }: NodeJS.ErrnoException): boolean => /^ERR_(?:SSL|TLS)_/.test(code);

const CONNECT_NOT_ALLOWED = { headers: { allow: 'GET, HEAD, POST, OPTIONS', connection: 'close' } };

function problemOfParserError({ code }: NodeJS.ErrnoException): Problem {
  const [problem, message] = PROBLEMS.get(code) ?? ['malformed_request', 'the request is not valid HTTP/1.1'];
  return new Problem(problem, message, CLOSE);
}
