import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { METRIC, post } from '../http/gateway.ts';
import { type ServeProcess, serveGateway } from '../http/process.ts';
import { startCollector } from '../support/collector.ts';
import { freePort } from '../support/free-port.ts';
import { runThunderline } from '../support/thunderline.ts';
import { createWorld, type World } from '../support/world.ts';

const CLOSE = { connection: 'close' };

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** The value of one line of `/metrics`. */
async function metricOf({ url }: ServeProcess, line: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: CLOSE })).text();
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return Number(found?.slice(line.length));
}

const ACCEPTED = 'thunderline_ingest_events_total{result="accepted"}';
const RESTARTS = 'thunderline_gateway_worker_restarts_total';

test('several processes serve one port, their metrics add up, and one that dies is replaced', async () => {
  const gateway = await serveGateway({ ...world.environment, GATEWAY_WORKERS: '2' });
  const before = await gateway.workers();
  expect(before).toHaveLength(2);

  for (let count = 0; count < 20; count += 1) expect((await post(gateway.url, METRIC, CLOSE)).status).toBe(202);
  // Whichever of them is asked.
  for (let count = 0; count < 4; count += 1) expect(await metricOf(gateway, ACCEPTED)).toBe(20);
  expect(await metricOf(gateway, RESTARTS)).toBe(0);

  process.kill(Number(before[0]), 'SIGKILL');
  await gateway.ready(3);
  const after = await gateway.workers();
  expect(after).toHaveLength(2);
  expect(after).toContain(before[1]);
  expect(after).not.toContain(before[0]);
  expect(await metricOf(gateway, RESTARTS)).toBe(1);
  // Both had a share: what the dead one had counted went with it.
  const left = await metricOf(gateway, ACCEPTED);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(20);
  for (let count = 0; count < 4; count += 1) expect((await post(gateway.url, METRIC, CLOSE)).status).toBe(202);

  gateway.kill('SIGTERM');
  expect(await gateway.exited).toMatchObject({ code: 0 });
});

test('several processes serve health on one port of its own', async () => {
  const healthPort = await freePort();
  const gateway = await serveGateway({ ...world.environment, GATEWAY_WORKERS: '2', HEALTH_PORT: String(healthPort) });
  expect(new URL(gateway.url).port).not.toBe(String(healthPort));
  for (let count = 0; count < 4; count += 1) {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/health/ready`, { headers: CLOSE });
    expect([answer.status, await answer.json()]).toMatchObject([200, { ok: true }]);
  }
  expect((await post(gateway.url, METRIC, CLOSE)).status).toBe(202);
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toMatchObject({ code: 0 });
});

test('the metrics of several processes have the traces of their values', async () => {
  const collector = await startCollector();
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const gateway = await serveGateway({ ...world.environment, GATEWAY_WORKERS: '2', ...tracing });
  const traceIds = Array.from({ length: 8 }, (_, index) => String(index + 1).repeat(32));
  for (const traceId of traceIds) {
    const answer = await post(gateway.url, METRIC, { ...CLOSE, traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    expect(answer.status).toBe(202);
  }
  const headers = { ...CLOSE, accept: 'application/openmetrics-text' };
  for (let count = 0; count < 4; count += 1) {
    const answer = await fetch(`${gateway.url}/metrics`, { headers });
    expect(answer.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
    const text = await answer.text();
    expect(text).toMatch(/\nthunderline_ingest_events_total\{result="accepted"\} 8\n/);
    const found = [...text.matchAll(/^thunderline_ingest_acknowledge_seconds_bucket.* # \{trace_id="(\w+)"\}/gm)];
    expect(found.length).toBeGreaterThan(0);
    expect(traceIds).toEqual(expect.arrayContaining(found.map(([, traceId]) => traceId)));
  }
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toMatchObject({ code: 0 });
  await collector.close();
});

test('a worker that cannot start logs the cause, and the gateway ends', async () => {
  const settings = { ...world.environment, GATEWAY_WORKERS: '2', HOST: '0.0.0.0' };
  await expect(serveGateway(settings)).rejects.toThrow(/ended with 1: .*no API key is configured.*could not start/s);
});

test('other roles are refused beside several workers', async () => {
  const settings = { ...world.environment, GATEWAY_WORKERS: '2' };
  await expect(runThunderline(settings, 'start')).rejects.toThrow('requires the gateway to be the only role');
  await expect(runThunderline(settings, 'serve', '--roles', 'router')).rejects.toThrow(
    'requires the gateway to be the only role',
  );
});
