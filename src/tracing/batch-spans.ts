import { type Attributes, type Link, type Span, type SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { FetchedRecord, Headers, OutgoingRecord } from '../record.ts';
import { isSampled, parentOf } from './traceparent.ts';

/** The work on many records as spans of their traces. */
export interface BatchSpans {
  /** The id of one of the traces; undefined if none is recorded. */
  readonly traceId: string | undefined;
  /** @param error why the work was given up. */
  end(error?: unknown): void;
}

export interface BatchWork {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** Traces of one batch that get a span, at most. */
const MAX_TRACES = 32;

/**
 * Starts the spans of the work on some records: one for each sampled trace among them, up to a bound, so that each of these
 * traces contains the work. The later ones link to the first, which shows what was handled together. Returns undefined if no
 * record is sampled.
 */
export function startBatchSpans(
  tracer: Tracer,
  { name, kind, attributes }: BatchWork,
  records: Iterable<Pick<FetchedRecord | OutgoingRecord, 'headers'>>,
): BatchSpans | undefined {
  const spans: Span[] = [];
  for (const traceparent of sampledParents(records)) {
    const parent = parentOf(traceparent);
    if (parent === undefined) continue;
    const links: Link[] = spans.slice(0, 1).map((first) => ({ context: first.spanContext() }));
    spans.push(tracer.startSpan(name, { kind, attributes, links }, parent));
  }
  if (spans.length === 0) return undefined;
  return {
    traceId: spans.find((span) => span.isRecording())?.spanContext().traceId,
    end(error) {
      for (const span of spans) {
        if (error !== undefined) {
          span.recordException(error instanceof Error ? error : String(error));
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      }
    },
  };
}

/** The different sampled parents of some records, up to the bound. */
function sampledParents(records: Iterable<Pick<FetchedRecord | OutgoingRecord, 'headers'>>): ReadonlySet<string> {
  const parents = new Set<string>();
  let last: Buffer | string | undefined;
  for (const { headers } of records) {
    const given = firstOf(headers?.traceparent);
    // The records of one request follow each other.
    if (given === undefined || !isSampled(given) || isSame(given, last)) continue;
    last = given;
    parents.add(given.toString());
    if (parents.size === MAX_TRACES) break;
  }
  return parents;
}

/** A header without a value is null, as kafkajs has it. */
const firstOf = (value: Headers[string]): Buffer | string | undefined =>
  (Array.isArray(value) ? value[0] : value) ?? undefined;

const isSame = (given: Buffer | string, last: Buffer | string | undefined): boolean =>
  given === last || (typeof given !== 'string' && typeof last === 'object' && given.equals(last));
