import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { isSampled, parentOf, traceparentOf } from './traceparent.ts';

/** A request as a span of its trace. */
export interface RequestSpan {
  /** Of what the request causes. */
  readonly traceparent: string;
  /** The id of the trace if the span is recorded. */
  readonly traceId: string | undefined;
  end(status: number): void;
}

const LEAST_SERVER_ERROR = 500;

/**
 * Starts the span of a request below the span of its caller. Without a valid `traceparent` it starts a trace, which the sampler
 * decides about. Returns undefined for a caller whose trace is not sampled: its `traceparent` stays valid for what follows.
 */
export function startRequestSpan(
  tracer: Tracer,
  { method, path }: { readonly method: string; readonly path: string },
  given: string | undefined,
): RequestSpan | undefined {
  const parent = parentOf(given);
  if (parent !== undefined && !isSampled(given as string)) return undefined;
  const attributes = { 'http.request.method': method, 'http.route': path };
  const span = tracer.startSpan(`${method} ${path}`, { kind: SpanKind.SERVER, attributes }, parent ?? ROOT_CONTEXT);
  return {
    traceparent: traceparentOf(span.spanContext()),
    traceId: span.isRecording() ? span.spanContext().traceId : undefined,
    end(status) {
      span.setAttribute('http.response.status_code', status);
      if (status >= LEAST_SERVER_ERROR) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
