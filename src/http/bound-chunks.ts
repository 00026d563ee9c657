import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../metrics.ts';
import { REQUEST_FAILED } from './exchanges.ts';
import { CLOSE, Problem } from './problem.ts';
import { sendProblem } from './send-problem.ts';

/** A body may have this many chunks, and one more for each {@link BYTES_PER_CHUNK} bytes. */
const FREE_CHUNKS = 4_096;
const BYTES_PER_CHUNK = 32;
/** Chunks after which the other connections get a turn; those that have arrived with them are joined to one. */
const TURN_CHUNKS = 128;
/** How long a client may take to read the problem before its connection is closed. */
const LAST_ANSWER_MS = 2_000;

/** Bounds the chunks of a request whose body has the transfer coding chunked; other requests are left as they are. */
export type BoundChunks = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Bounds the work that the chunks of bodies cause. Node calls JavaScript for each chunk, so a body in chunks of one byte
 * costs a hundred times as much as its bytes do, whether a handler reads it or it is discarded. A connection that has sent
 * many chunks is not read until the next turn of the loop that no other such connection takes. A body with too many chunks
 * for its length is answered with the `Problem` malformed_request, unless it has its answer, and is not read any further.
 */
export function createBoundChunks(metrics: Pick<Metrics, 'httpConnectionsClosed'>): BoundChunks {
  const waiting: (() => void)[] = [];

  function takeTurn(resume: () => void): void {
    waiting.push(resume);
    if (waiting.length === 1) setImmediate(resumeNext);
  }

  function resumeNext(): void {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(resumeNext);
  }

  return (request, response) => {
    if (request.headers['transfer-encoding'] === undefined) return;
    const { socket } = request;
    const push = request.push.bind(request);
    const read = request._read.bind(request);
    let spare = FREE_CHUNKS;
    let chunks = 0;
    let state: 'reading' | 'waiting' | 'refused' = 'reading';
    let held: Buffer[] = [];
    let wantsMore: number | undefined;

    function refuse(): void {
      state = 'refused';
      held = [];
      metrics.httpConnectionsClosed.inc({ reason: 'chunks' });
      socket.pause();
      setTimeout(() => socket.destroy(), LAST_ANSWER_MS).unref();
      const problem = tooManyChunks();
      if (!response.headersSent && !request.emit(REQUEST_FAILED, problem)) sendProblem(response, problem);
    }

    function wait(): void {
      state = 'waiting';
      socket.pause();
      takeTurn(resume);
    }

    function resume(): void {
      if (state !== 'waiting') return;
      state = 'reading';
      chunks = 0;
      const size = wantsMore;
      wantsMore = undefined;
      // After a push the request asks for more by itself.
      if (held.length > 0) pushHeld();
      else if (size !== undefined) read(size);
    }

    function pushHeld(): void {
      const joined = Buffer.concat(held);
      held = [];
      push(joined);
    }

    // Node's parser pushes each chunk, and reads from the socket when the request asks for more.
    request.push = (chunk: Buffer | null) => {
      if (chunk === null) {
        if (held.length > 0) pushHeld();
        return push(null);
      }
      if (state === 'refused') return false;
      spare += chunk.length / BYTES_PER_CHUNK - 1;
      if (spare < 0) refuse();
      else if (state === 'waiting') held.push(chunk);
      else {
        chunks += 1;
        if (chunks === TURN_CHUNKS) wait();
        return push(chunk);
      }
      return false;
    };
    request._read = (bytes) => {
      if (state === 'reading') read(bytes);
      else wantsMore = bytes;
    };
  };
}

const tooManyChunks = (): Problem =>
  new Problem(
    'malformed_request',
    `the body has more than ${FREE_CHUNKS} chunks and on average less than ${BYTES_PER_CHUNK} bytes in each of the ` +
      'others; send larger chunks, or send Content-Length',
    CLOSE,
  );
