import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.ts';
import { shuttingDown } from './problem.ts';
import { createRequestMeter } from './request-meter.ts';

/**
 * Event emitted on a request, with a `Problem`, when the rest of its body will not arrive: it is malformed or took too
 * long. The reader of the body must answer.
 */
export const REQUEST_FAILED = Symbol('request failed');

/** A request with its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path pattern of its route, as the label of its metrics; `none` if no route matched. */
  route: string;
  /** The handler limits the time of the body; see `Route.bodyTime`. */
  handlerTimesBody: boolean;
}

/** The exchanges of a server that have not ended. */
export interface Exchanges {
  /** Serves a request at once, or when the earlier requests of its connection have been answered. */
  start(request: IncomingMessage, response: ServerResponse): void;
  /** The exchange that was started last on a connection, even if it has ended. */
  latestOn(socket: Socket): Exchange | undefined;
  /** The exchanges that are being served. */
  open(): Iterable<Exchange>;
  /** Fails every request whose body has not arrived. */
  failUnread(): void;
}

/**
 * Requests that may wait on one connection. The socket is not read while one waits, so only a client that sends many in
 * one packet has more; its connection is closed, and HTTP lets it send again what was not answered.
 */
const MAX_PIPELINED = 32;

interface Connection {
  latest: Exchange;
  isServing: boolean;
  /** Exchanges that follow the one being served, in their order. */
  readonly waiting: Exchange[];
}

/**
 * Serves one request of a connection at a time, so that a client that sends requests without reading the answers makes
 * the server hold one answer, not all of them.
 */
export function createExchanges(metrics: Metrics, serve: (exchange: Exchange) => void): Exchanges {
  const connections = new WeakMap<Socket, Connection>();
  const open = new Set<Exchange>();
  const note = createRequestMeter(metrics);

  function run(connection: Connection, exchange: Exchange): void {
    const startedAt = performance.now();
    const { response } = exchange;
    connection.isServing = true;
    open.add(exchange);
    response.on('close', () => {
      open.delete(exchange);
      // 499 is nginx's status for a client that left before its answer; it is never sent.
      const status = response.headersSent ? response.statusCode : 499;
      note(exchange.route, status, (performance.now() - startedAt) / 1_000);
      connection.isServing = false;
      if (connection.waiting.length > 0) serveNext(connection);
    });
    serve(exchange);
  }

  function serveNext(connection: Connection): void {
    const next = connection.waiting.shift();
    const { socket } = connection.latest.request;
    // The answer before it has closed the connection.
    if (next === undefined || !socket.writable) return;
    if (connection.waiting.length === 0) socket.resume();
    // A request that turned out to be malformed while it waited has been answered already.
    if (next.response.headersSent) serveNext(connection);
    else run(connection, next);
  }

  function wait(connection: Connection, exchange: Exchange): void {
    const { socket } = exchange.request;
    connection.waiting.push(exchange);
    if (connection.waiting.length > MAX_PIPELINED) {
      metrics.httpConnectionsClosed.inc({ reason: 'pipelining' });
      connection.waiting.length = 0;
      socket.destroy();
    } else socket.pause();
  }

  return {
    start(request, response) {
      const { socket } = request;
      // Nothing after an answer that closes its connection is served: the start of the next request may be ambiguous.
      if (!socket.writable) return;
      const exchange: Exchange = { request, response, route: 'none', handlerTimesBody: false };
      const connection = connections.get(socket);
      if (connection === undefined) {
        const first = { latest: exchange, isServing: false, waiting: [] };
        connections.set(socket, first);
        run(first, exchange);
        return;
      }
      connection.latest = exchange;
      if (connection.isServing) wait(connection, exchange);
      else run(connection, exchange);
    },

    latestOn: (socket) => connections.get(socket)?.latest,

    open: () => open,

    failUnread() {
      for (const { request } of open) {
        if (!request.complete) request.emit(REQUEST_FAILED, shuttingDown());
      }
    },
  };
}
