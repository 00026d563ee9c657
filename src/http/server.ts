import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, BlockList } from 'node:net';
import type { Router } from 'express';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { EventProducer } from '../producers/event-producer.ts';
import type { Probe } from '../runtime/health.ts';
import { type Authenticate, openAccess } from './access.ts';
import { createApp } from './app.ts';
import { createFresh } from './fresh.ts';
import { createIngest, INGEST_PATH } from './ingest.ts';

export interface HttpParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What `/health/live` asks. */
  readonly live: readonly Probe[];
  /** What `/health/ready` asks. */
  readonly ready: readonly Probe[];
  /** Where posted events go; without it there is no ingest route. */
  readonly events?: EventProducer | undefined;
  /** Without it everyone is let in, and no address but loopback is bound. */
  readonly authenticate?: Authenticate | undefined;
  /** Routes of others, served by Express. */
  readonly routers?: readonly Router[] | undefined;
}

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** Stops accepting, finishes what is in flight. */
  stop(): Promise<void>;
}

/** Starts to listen. Throws {@link UsageError} where it may not, or cannot for want of a free port. */
export async function startHttp(parts: HttpParts): Promise<HttpServer> {
  const { config, log, metrics, live, ready, events, authenticate, routers = [] } = parts;
  if (authenticate === undefined) requireLoopback(config.host);
  const app = createApp({ log, metrics, live, ready, routers });
  const ingest =
    events && createIngest({ events, authenticate: authenticate ?? openAccess, fresh: createFresh(), log, metrics });

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (ingest !== undefined && request.method === 'POST' && request.url === INGEST_PATH) {
      void ingest(request, response);
    } else app(request, response);
  });
  server.listen(config.port, config.host);
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`cannot listen on ${config.host}:${config.port}: ${cause.message}`, { cause });
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

function requireLoopback(host: string): void {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const family = host.includes(':') ? 'ipv6' : 'ipv4';
  if (host === 'localhost' || loopback.check(host, family)) return;
  throw new UsageError(
    `HOST is ${host}, but there is no API key, so everyone could post. Create one with "thunderline keys create", ` +
      'or listen on 127.0.0.1.',
  );
}
