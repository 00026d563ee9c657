import { afterAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { archive } from '../../src/roles/archive.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
afterAll(() => world.close());

const SECRET = 's3cret-passw0rd';
const DEAD = '127.0.0.1:1';

test('a system whose dependencies are unavailable prints no password in its log or in /health/ready', async () => {
  // The address must be known before the gateway is ready, so the port is chosen here.
  const port = await freePort();
  const config = loadConfig({
    ...world.environment,
    PORT: String(port),
    DATABASE_URL: `postgres://user:${SECRET}@${DEAD}/name?application_name=x&sslpassword=${SECRET}`,
    SCHEMA_REGISTRY_URL: `http://user:${SECRET}@${DEAD}/apis`,
    S3_ENDPOINT: `http://${DEAD}`,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: SECRET,
  });
  const lines: string[] = [];
  const stop = new AbortController();
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const starting = serve(config, [gateway, router, postgres, archive], log, stop.signal);
  const ended = starting.then(
    (serving) => serving.stop(),
    () => undefined,
  );
  try {
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).text();
    await eventually(async () => /postgres.*ECONNREFUSED/i.test(await ready().catch(() => '')));
    await eventually(async () => /registry.*127\.0\.0\.1:1\//i.test(await ready()));
    expect(await ready()).not.toContain(SECRET);
  } finally {
    stop.abort();
    await ended;
  }
  expect(lines.filter((line) => line.includes('not available yet')).length).toBeGreaterThan(1);
  expect(lines.join('')).not.toContain(SECRET);
});
