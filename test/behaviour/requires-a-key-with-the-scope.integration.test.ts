import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SCOPE_NAMES, type Scope } from '../../src/access/scopes.ts';
import { loadConfig } from '../../src/config.ts';
import { createDocsRoutes } from '../../src/http/docs-routes.ts';
import { createBudget } from '../../src/http/ingest/budget.ts';
import { createIngestRoute } from '../../src/http/ingest/ingest-route.ts';
import { createOperationsRoutes } from '../../src/http/operations-routes.ts';
import type { Route } from '../../src/http/route.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Serving } from '../../src/serve.ts';
import { ask, createKeyedWorld, EVENT, type KeyedWorld, post, untilAnswered } from '../access/gateway.ts';
import type { Answer } from '../support/ask.ts';

const START_MS = 60_000;

let keyed: KeyedWorld;
let gateway: Serving;
const keyOf = new Map<Scope, string>();

beforeAll(async () => {
  keyed = await createKeyedWorld();
  for (const scope of SCOPE_NAMES) keyOf.set(scope, (await keyed.issue([scope])).key);
  gateway = await keyed.start({ AUTH_FAILURES_PER_MINUTE: '1000' });
}, START_MS);
afterAll(() => keyed.close());

const INGEST = createIngestRoute({
  config: loadConfig({}).ingest,
  events: { publish: async () => undefined },
  budget: createBudget(1_048_576, createMetrics()),
  metrics: createMetrics(),
});
const ROUTES: readonly Route[] = [
  INGEST,
  ...createOperationsRoutes({
    live: () => [],
    ready: () => [],
    readMetrics: async () => '',
    metricsType: '',
    describe: () => '',
  }),
  ...createDocsRoutes(),
];

test('the served routes are exactly those of this file', async () => {
  const { body } = await ask(`${gateway.url}/openapi.json`, undefined);
  const served = Object.entries(body.paths as Readonly<Record<string, object>>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(served.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

test('docs/access.md lists each route with its scope', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/access.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([A-Z]+ \/\S*)` \| (?:`(\w+)`|none) \|$/gm)].map(([, route, scope]) => [
    route,
    scope ?? null,
  ]);
  expect(listed.sort()).toEqual(ROUTES.map(({ method, path, scope }) => [`${method} ${path}`, scope]).sort());
});

const request = ({ method, path }: Route, key?: string): Promise<Answer> =>
  path === INGEST.path
    ? post(gateway, key, EVENT)
    : ask(gateway.url + path.replace('{file}', 'start.js'), key, { method });

describe.each(ROUTES)('$method $path', (route) => {
  const { scope } = route;

  if (scope === null) {
    test('answers without a key', async () => {
      expect((await request(route)).status).toBe(200);
    });
    return;
  }

  test('answers 401 with a challenge without a key', async () => {
    const { status, headers, body } = await request(route);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="thunderline"');
  });

  test.each(SCOPE_NAMES)('with the scope %s', async (held) => {
    const { status, headers, body } = await request(route, keyOf.get(held));
    if (held === scope || held === 'admin') {
      expect(status).toBeLessThan(300);
      return;
    }
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'forbidden' });
    expect(headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${scope}"`);
  });
});

describe('an address', () => {
  test.each(['/nothing', '/docs/nothing', '/api/runs/1', '//metrics', '/docs/..%2f..%2fpackage.json'])(
    'the address %s is answered 404',
    async (path) => {
      expect((await ask(gateway.url + path, keyOf.get('admin'))).status).toBe(404);
    },
  );

  test.each(['/METRICS', '/metrics/', '/metrics?x=1'])('%s needs a key like /metrics', async (path) => {
    expect((await ask(gateway.url + path, undefined)).status).toBe(401);
    expect((await ask(gateway.url + path, keyOf.get('read'))).status).toBe(200);
  });

  test.each(['/api/events/ml/', '/API/events/ml', '/api/events/ml?x=1'])(
    '%s accepts events with a key',
    async (path) => {
      const options = { method: 'POST', body: JSON.stringify(EVENT), headers: { 'content-type': 'application/json' } };
      expect((await ask(gateway.url + path, undefined, options)).status).toBe(401);
      expect((await ask(gateway.url + path, keyOf.get('ingest'), options)).status).toBe(202);
    },
  );

  test('an address names its methods', async () => {
    const wrong = await ask(`${gateway.url}/metrics`, undefined, { method: 'DELETE' });
    expect({ status: wrong.status, code: wrong.body.code }).toEqual({ status: 405, code: 'method_not_allowed' });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    const asked = await ask(`${gateway.url}/api/events/ml`, undefined, { method: 'OPTIONS' });
    expect({ status: asked.status, allow: asked.headers.get('allow') }).toEqual({
      status: 204,
      allow: 'POST, OPTIONS',
    });
  });

  test('an address that cannot be decoded is answered 400', async () => {
    expect((await ask(`${gateway.url}/docs/%ff`, undefined)).body.code).toBe('malformed_request');
  });
});

describe('a key', () => {
  test.each([
    ['Basic dXNlcjpwYXNz', 'not an API key'],
    ['Bearer ', 'not an API key'],
    ['Bearer secret', 'not an API key'],
    ['Bearer tlk_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'not an API key'],
  ])('"%s" is not accepted as a key', async (authorization, detail) => {
    const { status, body, headers } = await post(gateway, authorization, EVENT);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
    expect(body.detail).toContain(detail);
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test('the scheme "Bearer" may be written in any case', async () => {
    expect((await post(gateway, `bearer ${keyOf.get('ingest')}`, EVENT)).status).toBe(202);
  });

  test('a key that is created while the gateway runs works at once', async () => {
    const { key } = await keyed.issue(['ingest']);
    expect((await post(gateway, key, EVENT)).status).toBe(202);
  });

  test('a revoked key is refused, and another one is not', async () => {
    const [one, other] = [await keyed.issue(['ingest']), await keyed.issue(['ingest'])];
    await keyed.keys.revoke(other.id, 'tester');
    expect((await post(gateway, other.key, EVENT)).body.detail).toBe('this API key was revoked');
    expect((await post(gateway, one.key, EVENT)).status).toBe(202);
  });

  test('a revoked key is refused within 10 s', async () => {
    const { id, key } = await keyed.issue(['ingest']);
    expect((await post(gateway, key, EVENT)).status).toBe(202);
    await keyed.keys.revoke(id, 'tester');
    const revokedAt = performance.now();
    const { body } = await untilAnswered(401, () => post(gateway, key, EVENT));
    expect(body.detail).toBe('this API key was revoked');
    expect(performance.now() - revokedAt).toBeLessThan(10_000);
  }, 20_000);

  test('a key is refused from the moment that it expires', async () => {
    const expiresAt = Date.now() + 1_500;
    const { key } = await keyed.issue(['ingest'], { expiresAt });
    expect((await post(gateway, key, EVENT)).status).toBe(202);
    const { body } = await untilAnswered(401, () => post(gateway, key, EVENT));
    expect(body.detail).toBe('this API key has expired');
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
  });

  test('an answer never contains the key', async () => {
    const { key } = await keyed.issue(['read']);
    const { body, headers } = await post(gateway, key, EVENT);
    expect(JSON.stringify([body, [...headers]])).not.toContain(key.slice(-39));
  });
});
