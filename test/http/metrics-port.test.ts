import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AccessRefused } from '../../src/access/access-refused.ts';
import { loadConfig } from '../../src/config.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';

let server: HttpServer;

beforeAll(async () => {
  server = await startHttp({
    config: loadConfig({ PORT: '0', METRICS_PORT: '0' }),
    log: createLog('silent'),
    metrics: createMetrics(),
    live: [],
    ready: [],
    authenticate: () => {
      throw new AccessRefused('unauthorized', 'a key is missing');
    },
    isOpen: () => false,
  });
});
afterAll(() => server.stop());

test.each([
  ['the port of metrics', '/metrics', 200],
  ['the port of metrics', '/health/ready', 404],
  ['the port of metrics', '/openapi.json', 404],
  ['the port of the API', '/metrics', 401],
])('%s answers %s without a key: %i', async (port, path, status) => {
  const base = port === 'the port of metrics' ? server.metricsUrl : server.url;
  const answer = await fetch(`${base}${path}`);
  expect(answer.status).toBe(status);
  if (status === 200) expect(await answer.text()).toMatch(/^thunderline_ingest_events_total\{result="accepted"\} 0$/m);
});
