import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { bundlePages } from '../../src/pages/bundle-pages.ts';
import { createPageRoutes } from '../../src/pages/page-routes.ts';

const NAVIGATION = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const ADDRESSES = [
  '/monitor',
  '/runs',
  '/runs/a/b',
  '/runs/%ff',
  '/api/nothing',
  '/compare/x?metric=loss',
  '/index.html',
];

let server: HttpServer;
const metrics = createMetrics();

beforeAll(async () => {
  const config = loadConfig({ PORT: '0' });
  server = await startHttp({ config, log: createLog('silent'), metrics, live: [], ready: [] });
  server.serve(...createPageRoutes(await bundlePages()));
});
afterAll(() => server.stop());

const get = (path: string, accept: string, method = 'GET'): Promise<Response> =>
  fetch(server.url + path, { method, headers: { accept } });

describe.each(ADDRESSES)('%s', (path) => {
  test('is a page with status 404 for a browser', async () => {
    const answer = await get(path, NAVIGATION);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(answer.headers.get('vary')).toContain('accept');
    expect(await answer.text()).toMatch(/\/assets\/main-/);
    const head = await get(path, NAVIGATION, 'HEAD');
    expect([head.status, await head.text()]).toEqual([404, '']);
  });

  test.each(['application/json', '*/*'])('is a problem for a client that accepts %s', async (accept) => {
    const answer = await get(path, accept);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const code = path.includes('%ff') ? 'malformed_request' : 'not_found';
    expect(await answer.json()).toMatchObject({ code });
  });

  test('is a problem for another method', async () => {
    expect((await get(path, NAVIGATION, 'DELETE')).headers.get('content-type')).toBe('application/problem+json');
  });
});

test('a route keeps its own answer for a browser, and no metric or description has the page of unknown addresses', async () => {
  expect((await get('/health/live', NAVIGATION)).status).toBe(200);
  expect((await get('/assets/none.js', NAVIGATION)).headers.get('content-type')).toBe('application/problem+json');
  const described = (await (await get('/openapi.json', '*/*')).json()) as { readonly paths: object };
  expect(Object.keys(described.paths)).not.toContain('*');
  expect(await (await get('/metrics', '*/*')).text()).not.toContain('route="*"');
});
