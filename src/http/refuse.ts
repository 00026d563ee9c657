import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Problem, problemBody, problemHeaders } from './problem.ts';

/** A rest of a body this small is read to its end, so that the connection can be used again. */
const WORTH_READING_BYTES = 65_536;
/** How much of a larger rest is read, and how long, so that a client still sending gets to see its answer. */
const LINGER_BYTES = 64 * 1_048_576;
const LINGER_MS = 5_000;

/**
 * Answers with a problem a request whose body may not have been read. Closing a connection on unread bytes resets it, and
 * the client would lose the answer with it; reading on without end is what it must not make us do. So a short rest is read
 * and the connection kept, and of a long one a bounded part is thrown away before the connection is closed.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = problemBody(problem);
  const headers = problemHeaders(problem, body);
  if (request.complete || isShort(request)) {
    response.writeHead(problem.status, headers);
    response.end(request.method === 'HEAD' ? undefined : body);
    request.resume();
    return;
  }
  response.writeHead(problem.status, { ...headers, connection: 'close' });
  response.write(body);
  discard(request, () => response.end());
}

function isShort({ headers }: IncomingMessage): boolean {
  // A client that waits for "100 Continue" may send its body or not: where the next request begins is not known.
  if (headers.expect !== undefined) return false;
  if (headers['transfer-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= WORTH_READING_BYTES;
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
