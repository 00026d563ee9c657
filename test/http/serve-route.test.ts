import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Access } from '../../src/access/access.ts';
import { loadConfig } from '../../src/config.ts';
import { jsonReply, type Route } from '../../src/http/route.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';

const refusals: string[] = [];
const access: Access = {
  client: 'key:a',
  runPrefix: 'team-a/',
  faultOf: () => undefined,
  requireCredit: () => undefined,
  spend: () => undefined,
  pauseMs: () => 0,
  noteRefusal: (code) => refusals.push(code),
  headers: () => ({}),
};

const route = (path: string, about: Partial<Route> = {}): Route => ({
  name: path,
  method: 'GET',
  path,
  scope: 'read',
  operation: { summary: path, responses: {} },
  handle: ({ parameters }) => jsonReply(parameters),
  ...about,
});

let server: HttpServer;

beforeAll(async () => {
  server = await startHttp({
    config: loadConfig({ PORT: '0' }),
    log: createLog('silent'),
    metrics: createMetrics(),
    live: [],
    ready: [],
    authenticate: () => access,
    routes: [
      route('/runs/{run}'),
      route('/runs/{run}/trials/{trial}'),
      route('/runs', { boundKeys: 'handler' }),
      route('/totals'),
      route('/about', { scope: null }),
    ],
  });
});
afterAll(() => server.stop());

test.each([
  ['/runs/team-a%2F7', 200],
  ['/runs/team-a%2f7/trials/1', 200],
  ['/runs/team-b%2F7', 403],
  ['/runs/team-a', 403],
  ['/RUNS/team-b%2F7/', 403],
  ['/runs/team-b/trials/team-a%2F7', 403],
  ['/runs', 200],
  ['/totals', 403],
  ['/about', 200],
])('a key bound to runs is answered for %s with %i', async (path, status) => {
  refusals.length = 0;
  const response = await fetch(server.url + path);
  expect(response.status).toBe(status);
  if (status !== 403) return;
  expect(await response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('"team-a/"') });
  expect(refusals).toEqual(['forbidden']);
});
