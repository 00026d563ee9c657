import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { countUntilRead, type Metrics } from '../metrics.ts';
import { Problem } from './problem.ts';

/**
 * Event emitted on a request, with a `Problem`, when the rest of its body will not arrive: it is malformed or took too
 * long. The reader of the body must answer.
 */
export const REQUEST_FAILED = Symbol('request failed');

/** A request with its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The exchanges of a server that are not over yet. */
export interface Exchanges {
  /** Begins one. `route` is asked for its label when it is over. */
  begin(request: IncomingMessage, response: ServerResponse, route: () => string): void;
  /** The last one begun on a connection, over or not. */
  latestOn(socket: Socket): Exchange | undefined;
  /** Ends the wait for bodies that are not there yet. */
  failUnread(): void;
}

export function createExchanges(metrics: Metrics): Exchanges {
  const latest = new WeakMap<Socket, Exchange>();
  const open = new Set<Exchange>();
  const countRequests = countUntilRead(metrics.httpRequests, (key) => ({
    status: key.slice(0, 3),
    route: key.slice(3),
  }));

  return {
    begin(request, response, route) {
      const started = performance.now();
      const exchange = { request, response };
      latest.set(request.socket, exchange);
      open.add(exchange);
      response.on('close', () => {
        open.delete(exchange);
        const label = route();
        // 499 is nginx's word for a client that left before its answer; no client ever sees it.
        const status = response.headersSent ? response.statusCode : 499;
        countRequests(`${status}${label}`, 1);
        metrics.httpSeconds.observe({ route: label }, (performance.now() - started) / 1_000);
      });
    },

    latestOn: (socket) => latest.get(socket),

    failUnread() {
      for (const { request } of open) {
        if (request.complete) continue;
        const problem = new Problem('shutting_down', 'the gateway is stopping', { retryAfterSeconds: 1 });
        request.emit(REQUEST_FAILED, problem);
      }
    },
  };
}
