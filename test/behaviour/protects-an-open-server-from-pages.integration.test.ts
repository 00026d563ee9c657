import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { commands } from '../../src/roles/commands.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { live } from '../../src/roles/live.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createKafkaWorld } from '../kafka/kafka-world.ts';
import { type Answer, ask } from '../support/ask.ts';
import { requestWithHost } from '../support/request-with-host.ts';

const world = await createKafkaWorld();
const ROLES = [gateway, commands, live];
let open: Serving;
let allowing: Serving;
beforeAll(async () => {
  await migrate(world.databaseUrl);
  open = await serve(loadConfig(world.environment), ROLES, createLog('silent'));
  const environment = { ...world.environment, CORS_ORIGINS: 'https://charts.example' };
  allowing = await serve(loadConfig(environment), ROLES, createLog('silent'));
});
afterAll(async () => {
  await Promise.all([open.stop(), allowing.stop()]);
  await world.close();
});

const EVENT = { event: 'ml.trial.start', model_run_id: 'run', trial_id: 'trial' };
const POSTS = [
  ['/api/runs', { n_trials: 1 }],
  ['/api/events/ml', EVENT],
] as const;

const post = (url: string, path: string, body: object, headers: Readonly<Record<string, string>>): Promise<Answer> =>
  ask(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const refusalOf = ({ status, body }: Answer): unknown[] => [status, body.code];

test.each([
  ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['a page of another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
  ['a page of another site in an old browser', { origin: 'https://evil.example' }],
  ['a sandboxed page', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
  [
    'a form of another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: 'https://evil.example' },
  ],
])('%s can neither read nor start anything', async (_, headers) => {
  const before = await world.counts(`${world.topicPrefix}ml.commands`);
  for (const [path, body] of POSTS) {
    expect(refusalOf(await post(open.url, path, body, headers))).toEqual([403, 'cross_origin']);
  }
  for (const path of ['/metrics', '/api/live']) {
    expect(refusalOf(await ask(open.url + path, { headers }))).toEqual([403, 'cross_origin']);
  }
  expect(await world.counts(`${world.topicPrefix}ml.commands`)).toEqual(before);
});

test.each(['rebound.evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '169.254.169.254', '0.0.0.0'])(
  'a name that is bound to 127.0.0.1, %s, reaches nothing',
  async (name) => {
    const { port } = new URL(open.url);
    // A page of that name is of the same origin, so the browser tells nothing else.
    for (const path of ['/metrics', '/api/live', '/api/session', '/docs', '/health/live']) {
      const { status, body } = await requestWithHost(`${open.url}${path}`, `${name}:${port}`, 'GET', '', {
        'sec-fetch-site': 'same-origin',
        origin: `http://${name}:${port}`,
      });
      expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([421, 'misdirected_request']);
    }
  },
);

test.each([
  ['a program', {}],
  ['its own page', { 'sec-fetch-site': 'same-origin' }],
])('%s is served', async (_, headers) => {
  expect((await post(open.url, '/api/events/ml', EVENT, headers)).status).toBe(202);
  expect((await ask(`${open.url}/metrics`, { headers })).status).toBe(200);
});

test('its own page under each of its names is served', async () => {
  const { port } = new URL(open.url);
  for (const name of ['localhost', '127.0.0.1', '[::1]']) {
    const { status } = await requestWithHost(`${open.url}/metrics`, `${name}:${port}`, 'GET', '', {
      origin: `http://${name}:${port}`,
    });
    expect(status).toBe(200);
  }
});

test('a page learns that it needs no session', async () => {
  expect((await ask(`${open.url}/api/session`)).body).toEqual({ open: true, signed_in: false });
  expect(refusalOf(await post(open.url, '/api/session', { key: 'any' }, {}))).toEqual([401, 'unauthorized']);
});

test('a page of an origin that the operator allows is served, and no other', async () => {
  const allowed = { 'sec-fetch-site': 'cross-site', origin: 'https://charts.example' };
  expect((await ask(`${allowing.url}/metrics`, { headers: allowed })).status).toBe(200);
  const other = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
  expect(refusalOf(await ask(`${allowing.url}/metrics`, { headers: other }))).toEqual([403, 'cross_origin']);
});
