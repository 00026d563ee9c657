"""Spans of a training program."""

from __future__ import annotations

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Span

TRACER = TracerProvider().get_tracer("training")
UNSAMPLED = TracerProvider(sampler=ALWAYS_OFF).get_tracer("training")


def traceparent_of(span: Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
