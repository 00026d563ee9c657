import { beforeAll, expect, test } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { AlwaysOffSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { observeCall } from '../../../src/bridge/worker/observe-call.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { recordSpans } from '../../support/spans.ts';
import { ENVIRONMENT } from '../support/python.ts';
import { createWorkers, failed, NEVER, reported, type TestWorkers, trialCall } from '../support/workers.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const traceparent = `00-${TRACE}-${PARENT}-01`;
const { provider, spans } = recordSpans();
let opened: TestWorkers;
beforeAll(async () => {
  opened = await createWorkers('misbehave.py', {}, ENVIRONMENT, provider.getTracer('test'));
});

const spanOf = (attempt: number) => spans().find(({ attributes }) => attributes.attempt === attempt);

test('a call is a span below that of its command, and the parent of those of its worker', async () => {
  const call = trialCall({ do: 'report_environment', pad: 'x'.repeat(10_000) }, { traceparent, attempt: 11 });
  const { trials } = reported(await opened.workers.run(call, NEVER));
  const span = spanOf(11);
  expect(span).toMatchObject({ name: 'bridge.invoke', parentSpanContext: { traceId: TRACE, spanId: PARENT } });
  expect(span?.attributes).toEqual({
    op: 'run_trial',
    attempt: 11,
    model_run_id: 'run-1',
    trial_id: 'trial-1',
    command_id: call.commandId,
    correlation_id: 'correlation-1',
    'payload.excerpt': expect.stringMatching(/^.{255}…$/),
    outcome: 'reported',
    duration_ms: expect.any(Number),
    returncode: 0,
  });
  expect(span?.status.code).toBe(SpanStatusCode.UNSET);
  const id = span?.spanContext().spanId;
  expect(trials[0]?.parameters).toMatchObject({ environment: { TRACEPARENT: `00-${TRACE}-${id}-01` } });
  const logged = opened.lines.filter(({ attempt }) => attempt === 11);
  expect(logged.map(({ msg, spanId }) => [msg, spanId])).toEqual([
    ['bridge.invoke start', id],
    ['bridge.invoke stop', id],
  ]);
});

test('a failure is an exception of the span', async () => {
  const outcome = failed(await opened.workers.run(trialCall({ do: 'raise_long_error' }, { attempt: 12 }), NEVER));
  const span = spanOf(12);
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: outcome.message });
  expect(span?.attributes).toMatchObject({ outcome: 'exception', returncode: 1 });
  const [event] = span?.events ?? [];
  expect(event).toMatchObject({ name: 'exception', attributes: { 'exception.type': 'RuntimeError' } });
  expect(String(event?.attributes?.['exception.stacktrace'])).toHaveLength(4_096);
});

test('a command without a trace starts one', async () => {
  reported(await opened.workers.run(trialCall({ do: 'succeed' }, { attempt: 13 }), NEVER));
  expect(spanOf(13)).toMatchObject({ name: 'bridge.invoke', parentSpanContext: undefined });
});

test('a span that is not sampled records nothing, and its worker knows', async () => {
  const exporter = new InMemorySpanExporter();
  const off = new TracerProvider({
    sampler: new AlwaysOffSampler(),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const telemetry = { log: createLog('silent'), metrics: createMetrics(), tracer: off.getTracer('test') };
  const seen: (string | undefined)[] = [];
  await observeCall(trialCall({}, { traceparent }), telemetry, async (call) => {
    seen.push(call.traceparent);
    return { kind: 'reported', trials: [], warnings: [], output: '', durationMs: 1 };
  });
  expect(seen).toEqual([expect.stringMatching(new RegExp(`^00-${TRACE}-(?!${PARENT})[0-9a-f]{16}-00$`))]);
  expect(exporter.getFinishedSpans()).toEqual([]);
});
