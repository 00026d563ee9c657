import { type Context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';

/** A valid `traceparent`: its trace id, span id and flags (W3C Trace Context, section 3.2). */
export const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
/** The second digit of the flags, whose lowest bit is "sampled" (W3C Trace Context, section 3.2.2.5). */
const FLAGS_AT = 54;
const NINE = 0x39;

/** Whether a `traceparent` is sampled. It looks at one byte, because every record of a batch is asked for it. */
export function isSampled(traceparent: Buffer | string): boolean {
  const code = typeof traceparent === 'string' ? traceparent.charCodeAt(FLAGS_AT) : (traceparent[FLAGS_AT] ?? 0);
  // The digits b, d and f are odd, and their codes are even.
  return code <= NINE ? (code & 1) === 1 : (code & 1) === 0;
}

/** The parent that a `traceparent` names; undefined if it is not valid. */
export function parentOf(traceparent: string | undefined): Context | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** The `traceparent` of what happens below a span. */
export const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
