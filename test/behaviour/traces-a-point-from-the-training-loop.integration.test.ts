import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { archive } from '../../src/roles/archive.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { type Collector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { spansBehindRequest, trainTraced } from '../support/traced-training.ts';
import { createWorld, type World } from '../support/world.ts';

const OTHER = '4bf92f3577b34da6a3ce929d0e0e4736';

let world: World;
let collector: Collector;
let serving: Serving;
beforeAll(async () => {
  world = await createWorld();
  collector = await startCollector();
  const config = loadConfig({
    ...world.environment,
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  });
  serving = await serve(config, [gateway, router, postgres, archive], createLog('silent'));
});
afterAll(async () => {
  await serving.stop();
  await collector.close();
  await world.close();
});

const post = (traceparent: string): Promise<Response> =>
  fetch(`${serving.url}/api/events/ml`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: JSON.stringify({
      event: 'ml.run.metric',
      model_run_id: 'r',
      trial_id: 't',
      measurements: { loss: 1 },
      step: 1,
    }),
  });

async function metrics(accept: string): Promise<{ readonly type: string | null; readonly lines: readonly string[] }> {
  const answer = await fetch(`${serving.url}/metrics`, { headers: { accept } });
  return { type: answer.headers.get('content-type'), lines: (await answer.text()).split('\n') };
}

test('a point of a training loop is one trace, through the gateway and Kafka to each sink', async () => {
  const { traceId, spanId: epoch } = await trainTraced(serving.url);
  const expected = ['POST /api/events/ml', ...spansBehindRequest(world.topicPrefix)];
  const ours = () => collector.spans().filter((span) => span.traceId === traceId);
  await eventually(() => expected.every((name) => ours().some((span) => span.name === name)));
  const named = (name: string | undefined) => ours().find((span) => span.name === name);
  const request = named(expected[0]);
  expect(request?.parentSpanId).toBe(epoch);
  for (const name of expected.slice(1)) expect([name, named(name)?.parentSpanId]).toEqual([name, request?.spanId]);
  expect(named(expected[1])?.attributes).toEqual(
    expect.arrayContaining([
      { key: 'messaging.system', value: { stringValue: 'kafka' } },
      { key: 'messaging.operation.type', value: { stringValue: 'send' } },
    ]),
  );
  expect(named(expected[4])?.attributes).toEqual(
    expect.arrayContaining([{ key: 'thunderline.stage', value: { stringValue: 'postgres' } }]),
  );

  const found = (of: readonly string[]) => of.filter((line) => line.includes(`# {trace_id="${traceId}"}`));
  const { type, lines } = await metrics('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
  expect(type).toMatch(/^application\/openmetrics-text/);
  expect(lines.at(-2)).toBe('# EOF');
  const exemplars = found(lines).map((line) => line.replace(/le="[^"]*"/, 'le').replace(/ .*/, ''));
  expect(exemplars).toContain('thunderline_ingest_acknowledge_seconds_bucket{le}');
  expect(exemplars).toContain('thunderline_stage_latency_seconds_bucket{le,stage="postgres"}');
  expect(lines).toContain('# TYPE thunderline_ingest_events counter');
  expect(lines).toContainEqual(expect.stringMatching(/^thunderline_ingest_events_total\{result="accepted"\} \d+$/));
  const plain = await metrics('text/plain');
  expect(plain.type).toMatch(/^text\/plain/);
  expect(found(plain.lines)).toEqual([]);
  expect(plain.lines).toContain('# TYPE thunderline_ingest_events_total counter');
});

test('the decision of a caller not to sample holds for all that follows', async () => {
  expect((await post(`00-${OTHER}-00f067aa0ba902b7-00`)).status).toBe(202);
  expect((await post(`00-${OTHER.replace('4b', '5b')}-00f067aa0ba902b7-01`)).status).toBe(202);
  const spansOf = (traceId: string) => collector.spans().filter((span) => span.traceId === traceId);
  await eventually(() => spansOf(OTHER.replace('4b', '5b')).length >= 5);
  expect(spansOf(OTHER)).toEqual([]);
});

test('health and the description of the API make no spans', async () => {
  await fetch(`${serving.url}/health/ready`);
  await fetch(`${serving.url}/openapi.json`);
  expect(collector.spans().filter(({ name }) => /health|openapi/.test(name))).toEqual([]);
});
