import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Access } from '../../src/access/access.ts';
import { clientOfKey } from '../../src/access/client.ts';
import { openAccess } from '../../src/access/open-access.ts';
import { loadConfig } from '../../src/config.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog, type Log } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { until } from '../support/until.ts';
import { Authority, type Certificate } from './harness/authority.ts';

const WAIT_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), 'thunderline-https-'));
const metrics = createMetrics();
let authority: Authority;
let files: Certificate;
let server: HttpServer;

const warnings: string[] = [];
const log: Log = Object.assign(Object.create(createLog('silent')) as Log, {
  warn: (_: object, message: string) => void warnings.push(message),
});

const start = (certificate: string, key: string): Promise<HttpServer> =>
  startHttp({
    config: loadConfig({ PORT: '0', HEALTH_PORT: '0', TLS_CERT_FILE: certificate, TLS_KEY_FILE: key }),
    log,
    metrics,
    live: [],
    ready: [],
  });

beforeAll(async () => {
  authority = new Authority(folder, 'test-ca');
  files = authority.issue('gateway', 'first');
  server = await start(files.certificate, files.key);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** The status of a request, and the certificate that the server showed. */
const get = (path: string): Promise<{ status: number | undefined; peer: PeerCertificate }> =>
  new Promise((resolve, reject) => {
    const ca = readFileSync(authority.certificate);
    const asked = request(`${server.url}${path}`, { ca, agent: false }, (response) => {
      const peer = (response.socket as TLSSocket).getPeerCertificate();
      response.resume().once('end', () => resolve({ status: response.statusCode, peer }));
    });
    asked.once('error', reject).end();
  });

const nameOf = async (): Promise<unknown> => (await get('/health/live')).peer.subject.CN;

test('the port serves HTTPS, and the port of health HTTP', async () => {
  expect(server.url).toMatch(/^https:/);
  expect((await get('/health/ready')).status).toBe(200);
  expect((await fetch(`${server.healthUrl}/health/ready`)).status).toBe(200);
  await expect(fetch(`${server.url.replace('https', 'http')}/health/live`)).rejects.toThrow();
  // A client that sent plain HTTP must not harm the next one.
  expect((await get('/health/ready')).status).toBe(200);
});

test('the changed certificate is used by new connections, and those that exist go on', async () => {
  const socket = connect({ port: server.port, host: '127.0.0.1', ca: readFileSync(authority.certificate) });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const next = authority.issue('next', 'second', { days: 10 });
  copyFileSync(next.certificate, files.certificate);
  copyFileSync(next.key, files.key);
  await until('the second certificate is in use', WAIT_MS, async () => (await nameOf()) === 'second');
  const { values } = await metrics.certificateExpiry.get();
  expect(Math.round(((values[0]?.value ?? 0) - Date.now() / 1_000) / 86_400)).toBe(10);
  const answered = new Promise((resolve) => socket.once('data', (bytes) => resolve(String(bytes).split(' ')[1])));
  socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await answered).toBe('200');
  socket.destroy();
});

test('a certificate without its key leaves the one before in use', async () => {
  const other = authority.issue('other', 'third');
  copyFileSync(other.certificate, files.certificate);
  await until('the change is reported', WAIT_MS, () => warnings.some((line) => line.includes('cannot be used yet')));
  expect(await nameOf()).toBe('second');
  copyFileSync(other.key, files.key);
  await until('the third certificate is in use', WAIT_MS, async () => (await nameOf()) === 'third');
});

test('the connections of a key are counted with TLS too', async () => {
  const bounded = await startHttp({
    config: loadConfig({
      PORT: '0',
      TLS_CERT_FILE: files.certificate,
      TLS_KEY_FILE: files.key,
      HTTP_MAX_CONNECTIONS_PER_CLIENT: '1',
    }),
    log,
    metrics: createMetrics(),
    live: [],
    ready: [],
    authenticate: (request, scope): Access => ({
      ...(openAccess(request, scope) as Access),
      client: clientOfKey('one'),
    }),
  });
  const sockets: TLSSocket[] = [];
  const statusFrom = async (localAddress: string): Promise<string | undefined> => {
    const options = { port: bounded.port, host: '127.0.0.1', localAddress, ca: readFileSync(authority.certificate) };
    const socket = connect(options as ConnectionOptions);
    sockets.push(socket);
    await once(socket, 'secureConnect');
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return String(chunk).split(' ')[1];
  };
  expect([await statusFrom('127.0.0.2'), await statusFrom('127.0.0.3')]).toEqual(['200', '429']);
  for (const socket of sockets) socket.destroy();
  await bounded.stop();
});

test.each<[string, () => readonly [string, string], string]>([
  ['a file is missing', () => [files.certificate, join(folder, 'absent')], 'TLS_KEY_FILE: ENOENT'],
  ['only one is set', () => [files.certificate, ''], 'TLS_CERT_FILE and TLS_KEY_FILE need each other'],
  [
    'they do not belong together',
    () => [files.certificate, authority.issue('foreign', 'x').key],
    'the key does not belong to the certificate',
  ],
])('it does not start if %s', async (_, paths, message) => {
  await expect(start(...paths())).rejects.toThrow(message);
});
