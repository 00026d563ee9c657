import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
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

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const EXCERPT_LENGTH = 256;
const MAX_TRACEBACK = 4_096;

/**
 * Starts the span `bridge.invoke` of a call below the span of its command. Without an SDK nothing is recorded, and the span
 * exists in log lines and for the worker only.
 */
export function startInvocationSpan(call: WorkerCall, tracer: Tracer | undefined): InvocationSpan {
  const [, traceId, parentSpanId, flags = '00'] = TRACEPARENT.exec(call.traceparent ?? '') ?? [];
  const parent =
    traceId === undefined || parentSpanId === undefined
      ? undefined
      : { traceId, spanId: parentSpanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  const span = tracer?.startSpan(
    'bridge.invoke',
    { attributes: attributesOf(call) },
    parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
  );
  if (span?.isRecording()) span.setAttribute('payload.excerpt', payloadExcerpt(call));
  const ids = (of: string, spanId: string): InvocationSpan['ids'] => ({
    traceId: of,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
  });
  const end = (outcome: WorkerOutcome): void => {
    if (span !== undefined) endSpan(span, outcome);
  };
  const own = span?.spanContext();
  // The API alone returns the context of the parent, or one of zeros.
  if (own !== undefined && trace.isSpanContextValid(own) && own.spanId !== parentSpanId) {
    const traceFlags = own.traceFlags.toString(16).padStart(2, '0');
    const traceparent = `00-${own.traceId}-${own.spanId}-${traceFlags}`;
    return { ids: ids(own.traceId, own.spanId), traceparent, end };
  }
  if (traceId === undefined) return { ids: {}, traceparent: call.traceparent, end };
  const spanId = randomBytes(8).toString('hex');
  return { ids: ids(traceId, spanId), traceparent: `00-${traceId}-${spanId}-${flags}`, end };
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
