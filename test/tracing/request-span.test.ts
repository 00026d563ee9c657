import { expect, test } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { startRequestSpan } from '../../src/tracing/request-span.ts';
import { recordSpans } from '../support/spans.ts';

const ROUTE = { method: 'POST', path: '/api/events/ml' };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test('a request is a span below that of its caller, and the parent of what it causes', () => {
  const { provider, spans } = recordSpans();
  const span = startRequestSpan(provider.getTracer('test'), ROUTE, `00-${TRACE}-${PARENT}-01`);
  expect(span?.traceId).toBe(TRACE);
  span?.end(503);
  const [ended] = spans();
  expect(ended).toMatchObject({
    name: 'POST /api/events/ml',
    kind: SpanKind.SERVER,
    status: { code: SpanStatusCode.ERROR },
    parentSpanContext: { traceId: TRACE, spanId: PARENT },
    attributes: { 'http.route': '/api/events/ml', 'http.response.status_code': 503 },
  });
  expect(span?.traceparent).toBe(`00-${TRACE}-${ended?.spanContext().spanId}-01`);
});

test('a caller that is not sampled stays the parent of what follows', () => {
  const { provider, spans } = recordSpans();
  expect(startRequestSpan(provider.getTracer('test'), ROUTE, `00-${TRACE}-${PARENT}-00`)).toBeUndefined();
  expect(spans()).toEqual([]);
});

test.each([undefined, '', 'broken', `00-${'0'.repeat(32)}-${PARENT}-00`, `ff-${TRACE}-${PARENT}-01`])(
  'without a valid caller (%s) a request starts a trace',
  (given) => {
    const { provider, spans } = recordSpans();
    const span = startRequestSpan(provider.getTracer('test'), ROUTE, given);
    span?.end(202);
    expect(spans()).toMatchObject([{ parentSpanContext: undefined, status: { code: SpanStatusCode.UNSET } }]);
    expect(span?.traceId).not.toBe(TRACE);
  },
);

test('where the sampler decides against a trace, everything that follows is told so', () => {
  const provider = new TracerProvider({ sampler: new AlwaysOffSampler(), spanProcessors: [] });
  const span = startRequestSpan(provider.getTracer('test'), ROUTE, undefined);
  expect(span?.traceId).toBeUndefined();
  expect(span?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});
