import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { type Exchanges, REQUEST_FAILED } from './exchanges.ts';
import { Problem } from './problem.ts';
import { sendProblem, writeProblemToSocket } from './send-problem.ts';

const PROBLEMS: ReadonlyMap<string | undefined, readonly [ErrorCode, string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', ['request_timeout', 'the request did not arrive in time']],
  ['HPE_HEADER_OVERFLOW', ['headers_too_large', 'the head of the request is too large']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['headers_too_large', 'the extensions of a chunk are too large']],
] as const);

/** How long a connection that was refused may take to read why. */
const LAST_WORDS_MS = 2_000;

/** Answers what never becomes a whole request: malformed HTTP, a head that is too large, a request that comes too slowly. */
export function answerMalformed(server: Server, exchanges: Exchanges, metrics: Metrics): void {
  const refused = new WeakSet<Socket>();

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const latest = exchanges.latestOn(socket);
    // A request that was answered before its body came has its answer: a second one would be taken for the next one's.
    const answered = latest !== undefined && !latest.request.complete && latest.response.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || answered) {
      socket.destroy();
      return;
    }
    if (refused.has(socket)) return;
    refused.add(socket);
    const problem = problemOf(error);
    // Where the next request would begin is not known any more: nothing else is read of this connection.
    setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
    const write = () => {
      metrics.httpRequests.inc({ route: 'malformed', status: problem.status });
      writeProblemToSocket(socket, problem);
    };
    if (latest === undefined || latest.response.writableFinished) write();
    // A request before it still waits for its answer, and this one must not be taken for it.
    else if (latest.request.complete) latest.response.once('close', write);
    else if (!latest.request.emit(REQUEST_FAILED, problem)) sendProblem(latest.response, problem);
  });
}

function problemOf({ code }: NodeJS.ErrnoException): Problem {
  const [problem, message] = PROBLEMS.get(code) ?? ['malformed_request', 'the request is not valid HTTP/1.1'];
  return new Problem(problem, message, { headers: { connection: 'close' } });
}
