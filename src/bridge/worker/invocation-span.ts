import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, type Span, type SpanContext, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { parentOf, traceparentOf } from '../../tracing/traceparent.ts';
import { boundedText } from './read-warnings.ts';
import type { WorkerCall, WorkerOutcome } from './workers.ts';

/** One call of a worker as a span of its trace (W3C Trace Context, section 3.2). */
export interface InvocationSpan {
  /** The fields that name the span in log lines; empty if the call belongs to no trace. */
  readonly ids: { readonly traceId?: string; readonly spanId?: string; readonly parentSpanId?: string };
  /** For the worker, whose own spans become children of this one; undefined if the call belongs to no trace. */
  readonly traceparent: string | undefined;
  end(outcome: WorkerOutcome): void;
}

const EXCERPT_LENGTH = 256;
const MAX_TRACEBACK = 4_096;

/**
 * Starts the span `bridge.invoke` of a call below the span of its command. Without a collector nothing is recorded, and the
 * span exists in log lines and for the worker only.
 */
export function startInvocationSpan(call: WorkerCall, tracer: Tracer | undefined): InvocationSpan {
  const context = parentOf(call.traceparent);
  const parent = context && trace.getSpanContext(context);
  const started = (own: SpanContext, end: InvocationSpan['end']): InvocationSpan => {
    const { traceId, spanId } = own;
    const ids = { traceId, spanId, ...(parent !== undefined && { parentSpanId: parent.spanId }) };
    return { ids, traceparent: traceparentOf(own), end };
  };
  if (tracer !== undefined) {
    const span = tracer.startSpan('bridge.invoke', { attributes: attributesOf(call) }, context ?? ROOT_CONTEXT);
    if (span.isRecording()) span.setAttribute('payload.excerpt', payloadExcerpt(call));
    return started(span.spanContext(), (outcome) => endSpan(span, outcome));
  }
  if (parent === undefined) return { ids: {}, traceparent: call.traceparent, end: () => undefined };
  return started({ ...parent, spanId: randomBytes(8).toString('hex') }, () => undefined);
}

/** The start of the payload, for logs and spans. */
export const payloadExcerpt = ({ payload }: WorkerCall): string => boundedText(JSON.stringify(payload), EXCERPT_LENGTH);

const attributesOf = ({ op, attempt, modelRunId, trialId, commandId, correlationId }: WorkerCall) => ({
  op,
  attempt,
  model_run_id: modelRunId,
  ...(trialId !== undefined && { trial_id: trialId }),
  command_id: commandId,
  correlation_id: correlationId,
});

function endSpan(span: Span, outcome: WorkerOutcome): void {
  const { returnCode, durationMs } = outcome;
  span.setAttributes({
    outcome: outcome.kind === 'reported' ? 'reported' : outcome.reason,
    duration_ms: durationMs,
    ...(returnCode !== undefined && { returncode: returnCode }),
  });
  if (outcome.kind === 'failed') {
    const { reason, message, errorType, traceback } = outcome;
    span.recordException({
      name: errorType ?? reason,
      message,
      // The end of a traceback has the cause.
      ...(traceback !== undefined && { stack: traceback.slice(-MAX_TRACEBACK) }),
    });
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
}
