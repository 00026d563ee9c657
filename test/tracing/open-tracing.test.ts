import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openTracing } from '../../src/tracing/open-tracing.ts';
import { type Collector, startCollector } from '../support/collector.ts';

const collectors: Collector[] = [];
afterEach(async () => {
  for (const collector of collectors.splice(0)) await collector.close();
});

async function collectorOf(status?: number): Promise<Collector> {
  const collector = await startCollector(status);
  collectors.push(collector);
  return collector;
}

/** Ends one span, and returns the log. */
async function sendSpan(environment: Readonly<Record<string, string>>): Promise<readonly Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const tracing = await openTracing(loadConfig(environment).tracing, log);
  tracing?.tracer.startSpan('bridge.invoke', { attributes: { op: 'run_trial' } }).end();
  await tracing?.stop();
  return lines;
}

test('a span goes to the collector by the protocol that OpenTelemetry prefers', async () => {
  const { url, requests } = await collectorOf();
  expect(await sendSpan({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/` })).toEqual([]);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'content-type': 'application/x-protobuf' } });
  expect(String(requests[0]?.body)).toContain('bridge.invoke');
});

test('or as JSON, to an address of its own, with the name of the service', async () => {
  const { url, requests, spans } = await collectorOf();
  await sendSpan({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/spans`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SERVICE_NAME: 'bridge-7',
  });
  expect(requests[0]).toMatchObject({ path: '/spans', headers: { 'content-type': 'application/json' } });
  expect(spans()).toMatchObject([
    { name: 'bridge.invoke', attributes: [{ key: 'op', value: { stringValue: 'run_trial' } }] },
  ]);
  expect(JSON.parse(String(requests[0]?.body)).resourceSpans[0].resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'bridge-7' },
  });
});

test('a collector that refuses spans is named in the log, and holds nothing up', async () => {
  const { url } = await collectorOf(400);
  expect(await sendSpan({ OTEL_EXPORTER_OTLP_ENDPOINT: url })).toMatchObject([
    { level: 'warn', url: `${url}/v1/traces`, msg: 'cannot send spans; they are dropped' },
  ]);
});

test('without a collector nothing of the SDK is loaded', () => {
  const program = `
    const { openTracing } = await import('./src/tracing/open-tracing.ts');
    const { loadConfig } = await import('./src/config.ts');
    const { createLog } = await import('./src/log.ts');
    const { createRequire } = await import('node:module');
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => /opentelemetry.(?!api)/.test(path));
    const log = createLog('silent');
    await openTracing(loadConfig({}).tracing, log);
    const without = loaded().length;
    const tracing = await openTracing(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }).tracing, log);
    console.log(JSON.stringify({ without, loadsLater: loaded().length > 0 }));
    await tracing.stop();`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../..'),
  });
  expect(JSON.parse(String(output))).toEqual({ without: 0, loadsLater: true });
});
