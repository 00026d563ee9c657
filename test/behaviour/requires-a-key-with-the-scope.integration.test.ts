import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SCOPE_NAMES, type Scope } from '../../src/access/scopes.ts';
import { artifactRoutes } from '../../src/artifacts/artifact-routes.ts';
import { createCommandRoutes } from '../../src/bridge/commands/command-routes.ts';
import { loadConfig } from '../../src/config.ts';
import { createBudget } from '../../src/http/budget.ts';
import { createDocsRoutes } from '../../src/http/docs-routes.ts';
import { createIdSource } from '../../src/http/id-source.ts';
import { createIngestRoute } from '../../src/http/ingest/ingest-route.ts';
import { createLogLevelRoutes } from '../../src/http/log-level-routes.ts';
import { createOperationsRoutes } from '../../src/http/operations-routes.ts';
import type { Route } from '../../src/http/route.ts';
import { createSessionRoutes } from '../../src/http/session-routes.ts';
import { createLiveRoute } from '../../src/live/live-route.ts';
import { createMetrics } from '../../src/metrics.ts';
import { pipelineRoute } from '../../src/queries/pipeline-route.ts';
import type { QueryParts } from '../../src/queries/query-parts.ts';
import { queryRoutes } from '../../src/queries/query-routes.ts';
import { artifacts } from '../../src/roles/artifacts.ts';
import { live } from '../../src/roles/live.ts';
import { queries } from '../../src/roles/queries.ts';
import type { Serving } from '../../src/serve.ts';
import { ask, createKeyedWorld, EVENT, type KeyedWorld, post } from '../access/gateway.ts';
import { accept } from '../events/receive.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import type { Answer } from '../support/ask.ts';

const START_MS = 180_000;

let keyed: KeyedWorld;
let gateway: Serving;
const keyOf = new Map<Scope, string>();

beforeAll(async () => {
  keyed = await createKeyedWorld();
  for (const scope of SCOPE_NAMES) keyOf.set(scope, (await keyed.issue([scope])).key);
  gateway = await keyed.start({ AUTH_FAILURES_PER_MINUTE: '1000' }, artifacts, live, queries);
  await fillTables();
  // The artifact that the routes about artifacts return.
  await ask(gateway.url + fill(`${ARTIFACTS}/{name}`), keyOf.get('ingest'), { method: 'PUT', body: 'content' });
}, START_MS);
afterAll(() => keyed.close());

/** The run and trial that the routes about them return. */
async function fillTables(): Promise<void> {
  const sink = await openSink(keyed.world.databaseUrl);
  await sink.write([recordOf(accept('ml.trial.start', { ...EVENT, mlflow_run_id: 'mlflow' }))]);
  await sink.close();
}

const ARTIFACTS = '/api/runs/{run}/trials/{trial}/artifacts';

const fill = (path: string): string =>
  path
    .replace('{file}', 'start.js')
    .replace('{run}', 'run')
    .replace('{trial}', 'trial')
    .replace('{name}', 'model.pth')
    .replace('{level}', 'silent')
    .replace('{mlflow_run_id}', 'mlflow')
    .replace(/(compare|curves)$/, '$&?metric=loss')
    .replace(/metrics$/, (end) => (path.startsWith('/api') ? `${end}?name=loss` : end));

const METRICS = createMetrics();
const INGEST = createIngestRoute({
  config: loadConfig({}).ingest,
  events: { publish: async () => undefined },
  budget: createBudget(1_048_576, { bytes: METRICS.ingestBytes, overloads: METRICS.ingestOverloads }),
  metrics: METRICS,
});
const COMMANDS = createCommandRoutes({
  commands: { send: async () => undefined },
  ids: createIdSource(),
  findSpent: async () => [],
  maxBodyBytes: 1_024,
  now: Date.now,
});
const ROUTES: readonly Route[] = [
  INGEST,
  ...COMMANDS,
  // Only their descriptions are used, so what their handlers need may be absent.
  ...artifactRoutes({ limits: {} } as Parameters<typeof artifactRoutes>[0]),
  createLiveRoute({ config: loadConfig({}).live } as Parameters<typeof createLiveRoute>[0]),
  ...createOperationsRoutes({
    live: () => [],
    ready: () => [],
    redact: String,
    readMetrics: async () => ({ type: '', body: '' }),
    describe: () => '',
  }),
  ...createDocsRoutes(),
  ...queryRoutes({} as QueryParts),
  pipelineRoute({} as Parameters<typeof pipelineRoute>[0]),
  ...createLogLevelRoutes({ logLevel: () => 'silent', setLogLevel: () => undefined }),
  ...createSessionRoutes({} as Parameters<typeof createSessionRoutes>[0]),
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

/** A body of each route that needs one. */
const BODIES: Readonly<Record<string, object>> = {
  '/api/runs': { n_trials: 1 },
  '/api/runs/{run}/trials': { hyperparams: {} },
};

/** The head of an answer that does not end. */
async function askFeed(url: string, key: string | undefined): Promise<Answer> {
  const aborting = new AbortController();
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(url, { headers, signal: aborting.signal });
  if (!response.ok)
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
  aborting.abort();
  return { status: response.status, headers: response.headers, body: {} };
}

function request({ method, path }: Route, key?: string): Promise<Answer> {
  if (path === '/api/live') return askFeed(gateway.url + path, key);
  if (path === INGEST.path) return post(gateway, key, EVENT);
  const url = gateway.url + fill(path);
  if (method === 'PUT') return ask(url, key, { method, body: 'content' });
  // The key of a session is in its body.
  const ownBody = path === '/api/session' ? { key: keyOf.get('read') } : BODIES[path];
  const body = method === 'POST' ? ownBody : undefined;
  if (body === undefined) return ask(url, key, { method });
  const headers = { 'content-type': 'application/json' };
  return ask(url, key, { method, headers, body: JSON.stringify(body) });
}

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
