import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Problem, problemBody, problemHeaders } from './problem.ts';

/** Rests of bodies up to this size are read to their end, so that the connection can be used again. */
const SHORT_REST_BYTES = 65_536;
/** Bounds on how much of a longer rest is read, and for how long, so that a client still sending receives its answer. */
const LINGER_BYTES = 64 * 1_048_576;
const LINGER_MS = 5_000;

/** Answers a request whose body was read or is empty. If the answer has already started, the connection is closed. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = problemBody(problem);
  response.writeHead(problem.status, problemHeaders(problem, body));
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/**
 * Answers a request whose body may not have been read. Closing a connection with unread bytes resets it, and the client
 * would lose the answer; reading without a bound would let the client keep the server busy. So a short rest is read and
 * the connection kept; of a longer one a bounded part is discarded before the connection is closed.
 */
export function sendProblemAndDrainBody(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  if (response.headersSent || response.destroyed || request.complete || isShort(request)) {
    sendProblem(response, problem);
    request.resume();
    return;
  }
  const body = problemBody(problem);
  response.writeHead(problem.status, { ...problemHeaders(problem, body), connection: 'close' });
  response.write(body);
  discard(request, () => response.end());
}

/** Answers on a socket that has no parsed request, and closes it. */
export function writeProblemToSocket(socket: Socket, problem: Problem): void {
  if (!socket.writable) return;
  const body = problemBody(problem);
  const headers = Object.entries(problemHeaders(problem, body)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${headers.join('')}\r\n${body}`);
}

function isShort({ headers }: IncomingMessage): boolean {
  // A client that waits for "100 Continue" may or may not send its body: the start of the next request is unknown.
  if (headers.expect !== undefined) return false;
  if (headers['transfer-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= SHORT_REST_BYTES;
}

function discard(request: IncomingMessage, done: () => void): void {
  let bytes = 0;
  const finish = () => {
    clearTimeout(timer);
    request.off('data', onData);
    done();
  };
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) finish();
  };
  const timer = setTimeout(finish, LINGER_MS);
  request.on('data', onData);
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
