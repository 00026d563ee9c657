import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { STACK_PYTHON } from '../../dev/parts/python.ts';
import { loadConfig } from '../../src/config.ts';
import { createMetrics } from '../../src/metrics.ts';
import { openMlflow } from '../../src/mlflow/client.ts';
import { tagOf } from '../../src/mlflow/entities.ts';
import { createAdvisoryLocks } from '../../src/store/advisory-locks.ts';
import { installTestPython } from '../runner/python.ts';
import { createWorld, mlflowReady } from '../support/world.ts';

const world = await createWorld();
const uri = await mlflowReady();
const locks = createAdvisoryLocks(world.databaseUrl, 'test');
const folder = mkdtempSync(join(tmpdir(), 'thunderline-test-'));

/** The real MLflow behind a path prefix, for requests with one of these credentials. */
function guard(incoming: IncomingMessage, response: ServerResponse): void {
  const { authorization } = incoming.headers;
  if (authorization !== basic('user:pa:ss') && authorization !== 'Bearer t0ken') {
    response.writeHead(401, { 'content-type': 'text/html' }).end('<p>You are not authenticated.</p>');
  } else if (incoming.url?.startsWith('/ml/') !== true) {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<title>404 Not Found</title>');
  } else {
    const headers = { ...incoming.headers, host: new URL(uri).host };
    const target = `${uri}${incoming.url.slice('/ml'.length)}`;
    const passed = request(target, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(passed);
  }
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
const plain = createServer(guard);
let tls: ReturnType<typeof createTlsServer>;
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  const python = await installTestPython(STACK_PYTHON);
  const made = JSON.parse(
    execFileSync(python, [join(import.meta.dirname, 'make_certificates.py')], { encoding: 'utf8' }),
  );
  writeFileSync(join(folder, 'ca.pem'), made.authority);
  tls = createTlsServer({ key: made.key, cert: made.certificate }, guard);
  for (const server of [plain, tls]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
afterAll(async () => {
  for (const server of [plain, tls]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
  await locks.close();
  await world.close();
});

async function check(environment: Record<string, string>): Promise<string> {
  const client = openMlflow(loadConfig({ ...world.environment, MLFLOW_TRACKING_URI: '', ...environment }).mlflow, {
    locks,
    metrics: createMetrics(),
  });
  try {
    await client.check();
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.close();
  }
}

const at = (path = '/ml'): string => `http://127.0.0.1:${portOf(plain)}${path}`;
const TOKEN = { MLFLOW_TRACKING_TOKEN: 't0ken' };

test('passes with a user and password, or with a token, below a path prefix', async () => {
  const user = { MLFLOW_TRACKING_USERNAME: 'user', MLFLOW_TRACKING_PASSWORD: 'pa:ss' };
  expect(await check({ MLFLOW_TRACKING_URI: at('/ml/'), ...user })).toBe('ok');
  expect(await check({ MLFLOW_TRACKING_URI: at(), ...TOKEN })).toBe('ok');
});

test('names the setting to check when MLflow is reached in a wrong way', async () => {
  const wrong = { MLFLOW_TRACKING_USERNAME: 'user', MLFLOW_TRACKING_PASSWORD: 's3cret' };
  const refused = await check({ MLFLOW_TRACKING_URI: at(), ...wrong });
  expect(refused).toMatch(/401 text\/html You are not authenticated\.: check MLFLOW_TRACKING_USERNAME/);
  expect(refused).not.toContain('s3cret');
  expect(await check({ MLFLOW_TRACKING_URI: at('/elsewhere'), ...TOKEN })).toMatch(
    /404 .*check that MLFLOW_TRACKING_URI/,
  );
  expect(await check({ MLFLOW_TRACKING_URI: at(), ...TOKEN, MLFLOW_WORKSPACE: 'team-a' })).toMatch(
    /500 FEATURE_DISABLED .*remove MLFLOW_WORKSPACE/,
  );
});

test('trusts the certificate authority of the settings, and no other', async () => {
  const address = { MLFLOW_TRACKING_URI: `https://localhost:${portOf(tls)}/ml`, ...TOKEN };
  expect(await check({ ...address, MLFLOW_TRACKING_SERVER_CERT_PATH: join(folder, 'ca.pem') })).toBe('ok');
  expect(await check(address)).toMatch(/unable to verify|self-signed/);
});

test('an answer that is no JSON creates nothing and is no success', async () => {
  const server = createServer((_, response) => response.end('<form>Log in</form>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = loadConfig({ ...world.environment, MLFLOW_TRACKING_URI: `http://127.0.0.1:${portOf(server)}` });
  const client = openMlflow(config.mlflow, { locks, metrics: createMetrics() });
  const set = client.setTag('run', tagOf('a', 'b'));
  await expect(set).rejects.toMatchObject({ name: 'MlflowUnavailable', reason: 'configuration' });
  await client.close();
  server.close();
});
