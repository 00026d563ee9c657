import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Metrics } from '../metrics.ts';
import { createBoundChunks } from './bound-chunks.ts';
import { closeStalled } from './close-stalled.ts';
import { createExchanges, type Exchange, type Exchanges } from './exchanges.ts';
import { answerMalformed } from './malformed.ts';
import type { HttpConfig } from './options.ts';
import type { TlsContent } from './tls-files.ts';

/** How often Node checks the time-outs of connections. */
const CONNECTION_CHECK_MS = 500;

/** A server of node:http whose connections are bounded, and the exchanges on them. */
export interface NodeServer {
  readonly server: Server;
  readonly exchanges: Exchanges;
}

/** Settings of a server besides those of its configuration. */
export interface NodeServerParts {
  readonly metrics: Metrics;
  /** The certificate with which it serves HTTPS; absent, it serves HTTP. */
  readonly tls?: TlsContent | undefined;
}

/** Creates a server that calls `serve` for each request, one request of a connection at a time. */
export function createNodeServer(
  config: HttpConfig,
  { metrics, tls }: NodeServerParts,
  serve: (exchange: Exchange) => void,
): NodeServer {
  const options = {
    maxHeaderSize: config.maxHeaderBytes,
    headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveMs,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
    // check-head.ts answers a missing Host with a problem; Node answers it without a body.
    requireHostHeader: false,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer({ ...options, ...tls, handshakeTimeout: options.headersTimeout });
  const exchanges = createExchanges(metrics, serve);
  const boundChunks = createBoundChunks(metrics);
  const onRequest: RequestListener = (request, response) => {
    boundChunks(request, response);
    exchanges.start(request, response);
  };
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  // A client may close its sending side after its request and still read the answer. Node's types lack the property.
  Object.assign(server, { httpAllowHalfOpen: true });
  answerMalformed(server, exchanges, metrics);
  closeStalled(server, exchanges, config.sendTimeoutMs, metrics);
  return { server, exchanges };
}
