import type { Client } from '../access/client.ts';
import { TokenBucket } from '../access/token-bucket.ts';
import { Problem, SECURITY_HEADERS, shuttingDown } from '../http/problem.ts';
import type { Call, Route } from '../http/route.ts';
import type { LiveHub } from './live-hub.ts';
import { liveOperation } from './live-operation.ts';
import type { LiveConfig } from './options.ts';
import { readFeedQuery } from './read-feed-query.ts';
import { startRate } from './start-rate.ts';

export interface LiveRouteParts {
  readonly hub: LiveHub;
  readonly config: LiveConfig;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
}

/** `no-transform` and `x-accel-buffering` keep proxies from holding frames back: nginx buffers answers as a rule. */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  ...SECURITY_HEADERS,
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** The pause of a refused client is a random one of at most this many seconds. */
const MAX_RETRY_AFTER_S = 5;

/** `GET /api/live`: the events and points as they arrive. */
export function createLiveRoute({ hub, config, signal }: LiveRouteParts): Route {
  const { maxClients, maxClientsPerKey, connectionsPerSecond } = config;
  const starts = new TokenBucket(startRate(connectionsPerSecond), performance.now());

  function requireRoom(client: Client): void {
    if (hub.size >= maxClients) {
      throw overloaded(`this process has ${maxClients} live feeds, the maximum (LIVE_MAX_CLIENTS)`);
    }
    if (hub.countOf(client) >= maxClientsPerKey) {
      throw new Problem('rate_limited', `this client has ${maxClientsPerKey} live feeds in this process, the maximum`, {
        retryAfterSeconds: MAX_RETRY_AFTER_S,
      });
    }
    const now = performance.now();
    if (starts.waitMs(1, now) > 0) throw overloaded('too many live feeds are started at once');
    starts.take(1, now);
  }

  return {
    name: 'followLive',
    method: 'GET',
    path: '/api/live',
    scope: 'read',
    boundKeys: 'handler',
    operation: liveOperation,
    handle({ request, response, access, readmit }: Call) {
      const { filter, hz, positions } = readFeedQuery(request, access.runPrefix);
      if (signal.aborted) throw shuttingDown();
      const isHead = request.method === 'HEAD';
      if (!isHead) requireRoom(access.client);
      response.writeHead(200, { ...HEADERS, ...access.headers() });
      if (isHead) response.end();
      else hub.subscribe({ response, access, filter, hz, positions, readmit });
      request.resume();
      return undefined;
    },
  };
}

const overloaded = (message: string): Problem =>
  new Problem('overloaded', message, { retryAfterSeconds: 1 + Math.floor(Math.random() * MAX_RETRY_AFTER_S) });
