import { expect, test } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { startBatchSpans } from '../../src/tracing/batch-spans.ts';
import { isSampled } from '../../src/tracing/traceparent.ts';
import { recordSpans } from '../support/spans.ts';

const WORK = { name: 'work', kind: SpanKind.CONSUMER, attributes: { size: 3 } };
const traceOf = (number: number): string => (number + 1).toString(16).padStart(32, '0');
const parent = (number: number, flags = '01'): string => `00-${traceOf(number)}-00f067aa0ba902b7-${flags}`;
const recordOf = (traceparent: string) => ({ headers: { traceparent: Buffer.from(traceparent) } });

test.each(Array.from({ length: 256 }, (_, flags) => flags.toString(16).padStart(2, '0')))(
  'the flags %s are sampled if their lowest bit is set',
  (flags) => {
    const isSet = Number.parseInt(flags, 16) % 2 === 1;
    expect(isSampled(parent(1, flags))).toBe(isSet);
    expect(isSampled(Buffer.from(parent(1, flags)))).toBe(isSet);
  },
);

test('each sampled trace of a batch has a span, and the later ones link to the first', () => {
  const { provider, spans } = recordSpans();
  const records = [parent(0, '00'), parent(1), parent(1), parent(2), parent(3, '02'), parent(1), 'broken', ''];
  const started = startBatchSpans(provider.getTracer('test'), WORK, records.map(recordOf));
  expect(started?.traceId).toBe(traceOf(1));
  started?.end();
  expect(spans().map((span) => span.spanContext().traceId)).toEqual([traceOf(1), traceOf(2)]);
  const [first, second] = spans();
  expect(first).toMatchObject({ name: 'work', attributes: { size: 3 }, links: [] });
  expect(second?.links).toMatchObject([{ context: { spanId: first?.spanContext().spanId } }]);
  expect(first?.parentSpanContext).toMatchObject({ spanId: '00f067aa0ba902b7', isRemote: true });
});

test('the number of spans of a batch is bounded', () => {
  const { provider, spans } = recordSpans();
  startBatchSpans(
    provider.getTracer('test'),
    WORK,
    Array.from({ length: 5_000 }, (_, number) => recordOf(parent(number))),
  )?.end();
  expect(spans()).toHaveLength(32);
});

test('a batch without a sampled record has no span', () => {
  const { provider, spans } = recordSpans();
  const tracer = provider.getTracer('test');
  expect(startBatchSpans(tracer, WORK, [recordOf(parent(1, '00')), { headers: {} }, {}])).toBeUndefined();
  expect(spans()).toEqual([]);
});

test('work that is given up is an error of its spans', () => {
  const { provider, spans } = recordSpans();
  startBatchSpans(provider.getTracer('test'), WORK, [recordOf(parent(1))])?.end(new Error('gone'));
  expect(spans()[0]).toMatchObject({ status: { code: SpanStatusCode.ERROR } });
  expect(spans()[0]?.events[0]?.attributes).toMatchObject({ 'exception.message': 'gone' });
});
