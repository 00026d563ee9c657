"""The parts that every step of a client's delivery uses."""

from __future__ import annotations

from dataclasses import dataclass, field

from thunderline.client.notices import Notices
from thunderline.client.options import Options
from thunderline.client.stats import Counters
from thunderline.client.trace_context import TraceContext


@dataclass(frozen=True, slots=True)
class Context:
    """The options of one client in one process, its counters, its log, and the trace of its requests."""

    options: Options
    counters: Counters = field(default_factory=Counters)
    notices: Notices = field(default_factory=Notices)
    trace: TraceContext = field(default_factory=TraceContext)
