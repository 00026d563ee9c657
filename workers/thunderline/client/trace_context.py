"""The trace that a request belongs to (W3C Trace Context)."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

from thunderline.client.bridge_call import CALL

OPENTELEMETRY = "opentelemetry.trace"
"""The module that has the active span. It is used where the program has loaded it, and never imported."""

MODULES = sys.modules
"""The loaded modules. A call of the training loop looks at them itself, because calling `note` costs more than that."""

_SAMPLED = 0x01


class TraceContext:
    """Gives requests the trace of the span in which the training program called the client.

    Many calls share one request, which belongs to one trace: that of the last call in a sampled span, else that of the
    bridge's call.
    """

    def __init__(self) -> None:
        self._noted: Any = None
        self._sending: Any = None

    def note(self) -> None:
        """Notes the span that is active in the caller, where the program has loaded OpenTelemetry."""
        if OPENTELEMETRY not in MODULES:
            return
        with suppress(Exception):
            # Another thread may not have finished the import.
            span = MODULES[OPENTELEMETRY].get_current_span().get_span_context()
            if span.is_valid and (span.trace_flags & _SAMPLED or self._noted is None):
                self._noted = span

    def headers(self) -> dict[str, str]:
        """The `traceparent` of the next request; nothing where no trace is known."""
        self._sending = self._noted
        traceparent = CALL.traceparent if self._sending is None else _traceparent_of(self._sending)
        return {} if traceparent is None else {"traceparent": traceparent}

    def answered(self) -> None:
        """The events of the last request are stored. Until then a repetition belongs to the same trace."""
        if self._noted is self._sending:
            self._noted = None


def headers_of_caller() -> dict[str, str]:
    """The `traceparent` of a request that the calling thread itself makes."""
    caller = TraceContext()
    caller.note()
    return caller.headers()


def _traceparent_of(span: Any) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
