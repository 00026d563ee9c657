import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { type Collector, startCollector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';

const REQUEST = 'POST /api/runs/{run}/trials';

let collector: Collector;
let system: BridgeSystem;
beforeAll(async () => {
  collector = await startCollector();
  system = await startBridgeSystem('misbehave.py', {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  });
});
afterAll(async () => {
  await system.close();
  await collector.close();
});

test('the span of a worker reaches the collector, in the trace of the request that commanded its trial', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const trials = { trial_id: 't', hyperparams: { do: 'report_environment' } };
  await system.post('/api/runs/run/trials', trials, { traceparent });
  const [row] = await system.ended('run', 1);
  const named = (name: string) => collector.spans().find((one) => one.name === name);
  await eventually(() => named('bridge.invoke') !== undefined && named(REQUEST) !== undefined);
  const [request, span] = [named(REQUEST), named('bridge.invoke')];
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  expect(request).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331' });
  expect(span).toMatchObject({ traceId, parentSpanId: request?.spanId });
  expect(span?.attributes).toEqual(
    expect.arrayContaining([
      { key: 'op', value: { stringValue: 'run_trial' } },
      { key: 'attempt', value: { intValue: 1 } },
      { key: 'trial_id', value: { stringValue: 't' } },
      { key: 'outcome', value: { stringValue: 'reported' } },
    ]),
  );
  const TRACEPARENT = `00-0af7651916cd43dd8448eb211c80319c-${span?.spanId}-01`;
  expect(row?.parameters).toMatchObject({ environment: { TRACEPARENT } });
});
