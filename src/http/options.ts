import { integer, list, option, optional, text, type Values } from '../option.ts';
import { corsOrigin } from './cors.ts';

/** How the HTTP server listens, and what it bounds for each connection. */
export const httpOptions = {
  host: option(
    'HOST',
    text,
    '127.0.0.1',
    'Address the gateway listens on. Any address but loopback requires an API key.',
  ),
  port: option('PORT', integer(0, 65_535), '4000', 'Port the gateway listens on; 0 chooses a free port.'),
  healthPort: option(
    'HEALTH_PORT',
    optional(integer(0, 65_535)),
    undefined,
    'Port that serves only /health/live and /health/ready, so that they are reachable while the gateway is full; absent, ' +
      'they share PORT.',
  ),
  metricsPort: option(
    'METRICS_PORT',
    optional(integer(0, 65_535)),
    undefined,
    'Port that serves only /metrics, without an API key, so keep it inside the network; absent, /metrics is at PORT alone ' +
      'and requires a key with the scope read.',
  ),
  tlsCertificateFile: option(
    'TLS_CERT_FILE',
    optional(text),
    undefined,
    'PEM file of the certificate of the gateway, followed by its intermediates; PORT then serves HTTPS and no HTTP. Both files are read again when they change. HEALTH_PORT stays without TLS.',
  ),
  tlsKeyFile: option('TLS_KEY_FILE', optional(text), undefined, 'PEM file of the key of that certificate.'),
  workers: option(
    'GATEWAY_WORKERS',
    integer(1, 64),
    '1',
    'Processes that serve HTTP on one port; more than one requires that the gateway role runs alone.',
  ),
  maxConnections: option('HTTP_MAX_CONNECTIONS', integer(1), '4096', 'Connections to one process, at most.'),
  maxConnectionsPerClient: option(
    'HTTP_MAX_CONNECTIONS_PER_CLIENT',
    optional(integer(1)),
    undefined,
    'Connections to one process from one address (IPv6: one /64 network) or with one API key, at most; absent, a quarter ' +
      'of HTTP_MAX_CONNECTIONS. Connections from TRUSTED_PROXIES are not counted.',
  ),
  maxHeaderBytes: option('HTTP_MAX_HEADER_BYTES', integer(1024), '16384', 'Bytes of the head of a request, at most.'),
  headersTimeoutMs: option(
    'HTTP_HEADERS_TIMEOUT_MS',
    integer(1),
    '10000',
    'How long the head of a request may take to arrive, in milliseconds.',
  ),
  requestTimeoutMs: option(
    'HTTP_REQUEST_TIMEOUT_MS',
    integer(1),
    '30000',
    'How long a whole request may take to arrive, in milliseconds.',
  ),
  sendTimeoutMs: option(
    'HTTP_SEND_TIMEOUT_MS',
    integer(100),
    '30000',
    'How long a client may read nothing of an answer that waits to be sent before its connection is closed, in ' +
      'milliseconds.',
  ),
  keepAliveMs: option(
    'HTTP_KEEP_ALIVE_MS',
    integer(1),
    '75000',
    'How long an idle connection is kept for the next request, in milliseconds.',
  ),
  corsOrigins: option(
    'CORS_ORIGINS',
    (value) => list(value).map(corsOrigin),
    '',
    'Origins such as https://charts.example whose pages may call the API from a browser, comma-separated; * allows all.',
  ),
  readyGraceMs: option(
    'READY_GRACE_MS',
    integer(0),
    '0',
    'How long a stopping process still serves while /health/ready answers 503, in milliseconds, for load balancers.',
  ),
} as const;

export type HttpConfig = Values<typeof httpOptions>;
