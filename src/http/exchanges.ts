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
  /** The path pattern of its route, as the label of its metrics; `none` if no route matched. */
  route: string;
}

/** The exchanges of a server that have not ended. */
export interface Exchanges {
  start(request: IncomingMessage, response: ServerResponse, route: string): Exchange;
  /** The exchange that was started last on a connection, even if it has ended. */
  latestOn(socket: Socket): Exchange | undefined;
  /** Fails every request whose body has not arrived. */
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
    start(request, response, route) {
      const startedAt = performance.now();
      const exchange: Exchange = { request, response, route };
      latest.set(request.socket, exchange);
      open.add(exchange);
      response.on('close', () => {
        open.delete(exchange);
        // 499 is nginx's status for a client that left before its answer; it is never sent.
        const status = response.headersSent ? response.statusCode : 499;
        countRequests(`${status}${exchange.route}`, 1);
        metrics.httpSeconds.observe({ route: exchange.route }, (performance.now() - startedAt) / 1_000);
      });
      return exchange;
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
