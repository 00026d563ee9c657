import { formatFor, type MetricsFormat, type MetricsText } from '../metrics/metrics-text.ts';
import type { Redact } from '../redact.ts';
import { checkHealth, type Probe } from '../runtime/health.ts';
import { RATE_LIMIT_HEADERS } from './openapi/answers.ts';
import { ref, type Schema } from './openapi/kinds.ts';
import { jsonReply, type Operation, type Route } from './route.ts';

export interface HealthProbes {
  /** The probes of `/health/live`; their list may grow while the process starts. */
  readonly live: () => readonly Probe[];
  /** The probes of `/health/ready`. */
  readonly ready: () => readonly Probe[];
  /** Hides secrets in the problems of the probes, which quote the errors of libraries and of other servers. */
  readonly redact: Redact;
}

/** Reads the metrics in the format that a request accepts. */
export type ReadMetrics = (format: MetricsFormat) => Promise<MetricsText>;

export interface OperationsParts extends HealthProbes {
  readonly readMetrics: ReadMetrics;
  /** The document at `/openapi.json`, as JSON text. */
  readonly describe: () => string;
}

/** The routes for those who operate the process: health, metrics, and the description of the API. */
export function createOperationsRoutes(parts: OperationsParts): readonly Route[] {
  return [
    ...createHealthRoutes(parts),
    createMetricsRoute(parts.readMetrics, 'read'),
    {
      name: 'openapi',
      method: 'GET',
      path: '/openapi.json',
      scope: null,
      operation: {
        summary: 'The description of the API',
        responses: {
          200: {
            description: 'The OpenAPI document.',
            content: { 'application/json': { schema: { type: 'object' } } },
          },
        },
      },
      handle: () => ({ type: 'application/json', body: parts.describe() }),
    },
  ];
}

/** `GET /metrics`. @param scope null on a port of its own, which the network protects. */
export const createMetricsRoute = (readMetrics: ReadMetrics, scope: Route['scope']): Route => ({
  name: 'metrics',
  method: 'GET',
  path: '/metrics',
  scope,
  operation: {
    summary: 'Metrics in the text format of Prometheus, or in OpenMetrics',
    description:
      'A request that accepts `application/openmetrics-text`, as those of Prometheus do, gets OpenMetrics. It has exemplars: ids of ' +
      'recorded traces.',
    responses: {
      200: {
        description: 'The metrics.',
        headers: RATE_LIMIT_HEADERS,
        content: {
          'text/plain': { schema: { type: 'string' } },
          'application/openmetrics-text': { schema: { type: 'string' } },
        },
      },
    },
  },
  handle: ({ request }) => readMetrics(formatFor(request.headers.accept)),
});

/** `GET /health/live` and `GET /health/ready`: 200, or 503 with the problem of each failing probe. */
export function createHealthRoutes({ live, ready, redact }: HealthProbes): readonly Route[] {
  const route = (name: string, summary: string, probes: () => readonly Probe[]): Route => ({
    name,
    method: 'GET',
    path: `/health/${name}`,
    scope: null,
    operation: healthOperation(summary),
    handle: async () => {
      const health = await checkHealth(probes());
      return { ...jsonReply(health, health.ok ? 200 : 503), body: redact(JSON.stringify(health)) };
    },
  });
  return [
    route('live', 'Whether the process works; restart it if it does not', live),
    route('ready', 'Whether to send requests to the process', ready),
  ];
}

const healthOperation = (summary: string): Operation => {
  const content = { 'application/json': { schema: ref('Health') } };
  const answer = (description: string): Schema => ({ description, content });
  return {
    summary,
    responses: { 200: answer('All checks pass.'), 503: answer('A check fails; the checks name the problem.') },
  };
};
