import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.ts';
import { createExchanges, type Exchange, type Exchanges } from './exchanges.ts';
import { answerMalformed } from './malformed.ts';
import type { HttpConfig } from './options.ts';

/** How often Node checks the time-outs of connections. */
const CONNECTION_CHECK_MS = 500;

/** A server of node:http whose connections are bounded, and the exchanges on them. */
export interface NodeServer {
  readonly server: Server;
  readonly exchanges: Exchanges;
}

/** Creates a server that calls `serve` for each request, one request of a connection at a time. */
export function createNodeServer(
  config: HttpConfig,
  metrics: Metrics,
  serve: (exchange: Exchange) => void,
): NodeServer {
  const server = createServer({
    maxHeaderSize: config.maxHeaderBytes,
    headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveMs,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
    // check-head.ts answers a missing Host with a problem; Node answers it without a body.
    requireHostHeader: false,
  });
  const exchanges = createExchanges(metrics, serve);
  const onRequest: RequestListener = (request, response) => exchanges.start(request, response);
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  // A client may close its sending side after its request and still read the answer. Node's types lack the property.
  Object.assign(server, { httpAllowHalfOpen: true });
  answerMalformed(server, exchanges, metrics);
  closeStalled(server, config.sendTimeoutMs, exchanges, metrics);
  return { server, exchanges };
}

/**
 * Closes connections on which nothing moves. Node's time-out of a socket restarts with every byte that the client reads,
 * so a client that reads slowly is not affected. A request that waits for its answer, or for the rest of its body, is
 * bounded by other means.
 */
function closeStalled(server: Server, timeoutMs: number, exchanges: Exchanges, metrics: Metrics): void {
  server.timeout = timeoutMs;
  server.on('timeout', (socket: Socket) => {
    const owesBytes = socket.writableLength > 0;
    if (!owesBytes && exchanges.isServing(socket)) return;
    if (owesBytes) metrics.httpConnectionsClosed.inc({ reason: 'stalled' });
    socket.destroy();
  });
}
