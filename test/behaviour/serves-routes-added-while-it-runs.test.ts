import { afterEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { jsonReply, queryOf, type Route } from '../../src/http/route.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';

const RUNS: Route = {
  name: 'run',
  method: 'GET',
  path: '/api/runs/{run}',
  scope: 'read',
  operation: {
    summary: 'A run',
    responses: { 200: { description: 'The run.' } },
    problems: ['not_found'],
    schemas: { Run: { type: 'object' } },
  },
  handle: ({ parameters, request, access }) =>
    jsonReply({ run: parameters.run, query: queryOf(request).get('q'), client: access.client }),
};

let server: HttpServer;
let starting = true;
const metrics = createMetrics();

async function start(): Promise<void> {
  starting = true;
  server = await startHttp({
    config: loadConfig({ PORT: '0' }),
    log: createLog('silent'),
    metrics,
    live: [],
    ready: [],
    isStarting: () => starting,
  });
}
afterEach(() => server.stop());

const get = async (path: string) => {
  const answer = await fetch(server.url + path);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
};

test('answers an unknown address with 503 while routes may still be added, and with 404 afterwards', async () => {
  await start();
  const early = await get('/api/runs/r');
  expect([early.status, early.body]).toMatchObject([503, { code: 'starting' }]);
  expect(early.headers.get('retry-after')).toBe('1');
  expect((await get('/health/live')).status).toBe(200);
  starting = false;
  expect((await get('/api/runs/r')).status).toBe(404);
});

test('serves, counts and describes a route from the moment it is added', async () => {
  await start();
  const before = (await get('/openapi.json')).body as { readonly paths: object };
  expect(Object.keys(before.paths)).not.toContain(RUNS.path);
  server.serve(RUNS);
  expect(await get('/api/runs/a%20b?q=1')).toMatchObject({
    status: 200,
    body: { run: 'a b', query: '1', client: 'address:127.0.0.1' },
  });
  expect((await get('/api/runs/a/')).status).toBe(200);
  const { body } = (await get('/openapi.json')) as {
    readonly body: { readonly paths: Readonly<Record<string, object>>; readonly components: object };
  };
  expect(body.paths[RUNS.path]).toMatchObject({
    get: {
      operationId: 'run',
      security: [{ key: ['read'] }, { session: ['read'] }],
      responses: { 200: {}, 401: {}, 403: {}, 404: {}, 429: {} },
    },
  });
  expect(body.components).toMatchObject({ schemas: { Run: {} } });
  const { values } = await metrics.httpRequests.get();
  expect(values).toContainEqual({ labels: { route: RUNS.path, status: '200' }, value: 2 });
  expect(() => server.serve(RUNS)).toThrow('conflicts');
});

test('answers 500 without a detail when a handler fails', async () => {
  await start();
  server.serve({
    ...RUNS,
    handle: () => {
      throw new Error('secret');
    },
  });
  const { status, body } = await get('/api/runs/a');
  expect([status, body]).toMatchObject([500, { code: 'internal', detail: 'the request failed' }]);
});
