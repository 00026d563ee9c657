import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROJECT } from '../../dev/stack/folders.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { createAddressOf } from '../../src/access/address-of.ts';
import { createSessionCookie } from '../../src/access/session-cookie.ts';
import { loadConfig } from '../../src/config.ts';
import { jsonReply, type Route } from '../../src/http/route.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { isNginxInstalled, startNginx } from '../nginx/nginx.ts';
import { until } from '../support/until.ts';
import { Authority } from './harness/authority.ts';

/** deploy/nginx/thunderline.conf, in Debian's nginx, with other ports, addresses and files and nothing else. */
const WAIT_MS = 30_000;
const PROXY = '127.0.0.1';
const CLIENT = '127.0.0.2';
const folder = mkdtempSync(join(tmpdir(), 'thunderline-nginx-'));

/** Answers with the properties of the connection of a request, as the server sees them. */
const SEEN: Route = {
  name: 'seen',
  method: 'POST',
  path: '/seen',
  scope: null,
  operation: { summary: 'Seen', responses: { 200: { description: 'Seen.' } } },
  async handle({ request }) {
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length;
    const cookie = createSessionCookie([PROXY])(request);
    return jsonReply({ address: createAddressOf([PROXY])(request), cookie: cookie?.name, bytes });
  },
};

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The process with the role gateway, and the one with the other roles. */
let gateway: HttpServer;
let server: HttpServer;
let authority: Authority;
let nginx: { stop(): Promise<void> };
let plainPort: number;
let tlsPort: number;

beforeAll(async () => {
  if (!isNginxInstalled()) throw new Error('nginx is not installed: apt-get install nginx-light');
  authority = new Authority(folder, 'test-ca');
  const { certificate, key } = authority.issue('nginx', 'localhost');
  const start = (routes: readonly Route[]) =>
    startHttp({
      config: loadConfig({ PORT: '0', TRUSTED_PROXIES: PROXY }),
      log: createLog('silent'),
      metrics: createMetrics(),
      live: [],
      ready: [],
      routes: [...routes],
    });
  gateway = await start([{ ...SEEN, path: '/api/events/ml' }]);
  server = await start([SEEN]);
  plainPort = await freePort(27_500);
  tlsPort = await freePort(plainPort + 1);
  const site = readFileSync(join(PROJECT, 'deploy/nginx/thunderline.conf'), 'utf8')
    .replace('10.0.0.11:4000', `127.0.0.1:${gateway.port}`)
    .replace('10.0.0.21:4000', `127.0.0.1:${server.port}`)
    .replaceAll(/^.*10\.0\.0\.[12]2.*\n/gm, '')
    .replace('listen 80;', `listen ${PROXY}:${plainPort};`)
    .replace('listen 443 ssl;', `listen ${PROXY}:${tlsPort} ssl;`)
    .replaceAll('thunderline.example', 'localhost')
    .replace('/etc/nginx/tls/thunderline.crt', certificate)
    .replace('/etc/nginx/tls/thunderline.key', key);
  nginx = await startNginx(folder, site);
  await until('nginx passes requests on', WAIT_MS, async () => (await ask('GET', '/health/live')).status === 200);
});
afterAll(async () => {
  await nginx?.stop();
  await server?.stop();
  await gateway?.stop();
  rmSync(folder, { recursive: true });
});

/** A request of a client with an address of its own. */
function ask(
  method: string,
  path: string,
  { headers = {}, body = Buffer.alloc(0), isTls = true } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, host: PROXY, servername: 'localhost', localAddress: CLIENT, agent: false, path };
    const asked = isTls
      ? httpsRequest({ ...options, port: tlsPort, ca: readFileSync(authority.certificate) })
      : httpRequest({ ...options, port: plainPort });
    asked.once('error', reject).once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asked.setHeader('host', `localhost:${tlsPort}`);
    asked.end(body);
  });
}

test('the server sees the address of the client and https, whatever the client claims', async () => {
  const headers = { 'x-forwarded-for': '8.8.8.8', 'x-forwarded-proto': 'http' };
  const { text } = await ask('POST', '/seen', { headers });
  expect(JSON.parse(text)).toEqual({ address: CLIENT, cookie: '__Host-thunderline', bytes: 0 });
});

test('events go to the processes of the gateway, and everything else to the others', async () => {
  expect((await ask('POST', '/api/events/ml')).status).toBe(200);
  expect((await ask('POST', '/seen')).status).toBe(200);
  expect((await fetch(`${gateway.url}/seen`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${server.url}/api/events/ml`, { method: 'POST' })).status).toBe(404);
});

test('a body larger than any buffer of nginx passes', async () => {
  const { text } = await ask('POST', '/seen', { body: Buffer.alloc(8_388_608) });
  expect(JSON.parse(text)).toMatchObject({ bytes: 8_388_608 });
});

test('plain HTTP is redirected, and browsers are told to keep to https', async () => {
  const { status, headers } = await ask('GET', '/runs/x?y=1', { isTls: false });
  expect([status, headers.location]).toEqual([308, `https://localhost/runs/x?y=1`]);
  expect((await ask('GET', '/health/ready')).headers['strict-transport-security']).toBe('max-age=31536000');
});

test('metrics are not passed on', async () => {
  expect((await ask('GET', '/metrics')).status).toBe(404);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
});
