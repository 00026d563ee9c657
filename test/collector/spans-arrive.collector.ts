import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { archive } from '../../src/roles/archive.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { eventually } from '../support/eventually.ts';
import { spansBehindRequest, trainTraced } from '../support/traced-training.ts';
import { createWorld, type World } from '../support/world.ts';
import { type RealCollector, startRealCollector } from './real-collector.ts';

const BUILD_MS = 900_000;

let collector: RealCollector;
let world: World;
beforeAll(async () => {
  collector = await startRealCollector();
  world = await createWorld();
}, BUILD_MS);
afterAll(async () => {
  await world?.close();
  await collector?.stop();
});

test.each(['http/protobuf', 'http/json'])('the collector has the trace of a point, sent by %s', async (protocol) => {
  const lines: string[] = [];
  const config = loadConfig({
    ...world.environment,
    ARCHIVE_PREFIX: `${world.bucketPrefix}${protocol}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  });
  const log = createLog('warn', { write: (line) => void lines.push(line) });
  const serving = await serve(config, [gateway, router, postgres, archive], log);
  try {
    const training = await trainTraced(serving.url);
    const ours = () => collector.spans().filter(({ traceId }) => traceId === training.traceId);
    const names = ['POST /api/events/ml', ...spansBehindRequest(world.topicPrefix)];
    await eventually(() => names.every((name) => ours().some((span) => span.name === name)));
    const request = ours().find(({ name }) => name === names[0]);
    expect(request?.parentSpanId).toBe(training.spanId);
    const behind = ours().filter(({ name }) => name !== names[0]);
    expect(behind.map(({ parentSpanId }) => parentSpanId)).toEqual(behind.map(() => request?.spanId));
  } finally {
    await serving.stop();
  }
  expect(lines.filter((line) => line.includes('spans'))).toEqual([]);
});
