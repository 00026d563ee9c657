import type { MetricTable } from './metric.ts';

/** Requests, connections and refused callers of the HTTP server. */
export const HTTP_METRICS = {
  httpRequests: {
    kind: 'counter',
    name: 'http_requests_total',
    labels: ['route', 'status'],
    help: 'Requests answered.',
  },
  httpSeconds: {
    kind: 'histogram',
    name: 'http_request_seconds',
    labels: ['route'],
    help: 'Time from the first byte of a request to the last of its answer.',
  },
  httpConnections: {
    kind: 'gauge',
    name: 'http_connections',
    labels: [],
    help: 'Open connections.',
  },
  httpConnectionsClosed: {
    kind: 'counter',
    name: 'http_connections_closed_total',
    labels: ['reason'],
    values: { reason: ['full', 'share', 'pipelining', 'stalled', 'chunks'] },
    help: 'Connections closed to protect the process, by reason: full, share, pipelining, stalled, chunks.',
  },
  httpBytes: {
    kind: 'gauge',
    name: 'http_held_bytes',
    labels: [],
    help: 'Bytes of commands being read and of answers that are not read, besides those of posted events.',
  },
  httpOverloads: {
    kind: 'counter',
    name: 'http_overloads_total',
    labels: ['cause'],
    values: { cause: ['bytes_in_flight', 'client_share'] },
    help:
      'Requests besides posted events that were answered 503 overloaded, by cause: bytes_in_flight (commands and unread ' +
      'answers use up the memory for them), client_share (one client holds its share of it).',
  },
  accessRefused: {
    kind: 'counter',
    name: 'access_refused_total',
    labels: ['code'],
    values: {
      code: [
        'unauthorized',
        'forbidden',
        'cross_origin',
        'insecure_transport',
        'rate_limited',
        'overloaded',
        'database_unavailable',
      ],
    },
    help: 'Requests refused for lack of access, by error code.',
  },
  gatewayRestarts: {
    kind: 'counter',
    name: 'gateway_worker_restarts_total',
    labels: [],
    help: 'Worker processes of the gateway that ended unexpectedly and were replaced.',
  },
} as const satisfies MetricTable;
