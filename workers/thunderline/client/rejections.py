"""Tells the owner of the client what the gateway refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from thunderline.client.answer import Settled
from thunderline.client.notices import Notices
from thunderline.client.spool.batch import Batch
from thunderline.client.stats import Counters, Rejection

OnRejected = Callable[[Rejection], object]


class Rejections:
    """Each refused event is kept among the latest, given to the callback, and its code is logged once."""

    def __init__(self, counters: Counters, notices: Notices, on_rejected: OnRejected | None) -> None:
        self._counters = counters
        self._notices = notices
        self._on_rejected = on_rejected

    def report(self, batch: Batch, settled: Settled) -> None:
        """Reports the faults of a batch. The callback runs on the sender thread; what it raises is logged once."""
        if not settled.faults:
            return
        lines = batch.lines()
        for fault in settled.faults:
            rejection = Rejection(fault.code, fault.path, fault.message, _event(lines, fault.index))
            self._counters.keep(rejection)
            self._notices.once(
                f"rejected {fault.code}",
                "The gateway refused an event for good: %s at %r: %s. Others with this code are only counted.",
                fault.code,
                fault.path,
                fault.message,
            )
            self._call(rejection)

    def _call(self, rejection: Rejection) -> None:
        if self._on_rejected is None:
            return
        try:
            self._on_rejected(rejection)
        except Exception as error:
            self._notices.warn("on_rejected", "on_rejected raised %s: %s", type(error).__name__, error)


def _event(lines: list[bytes], index: int) -> Mapping[str, Any]:
    event = json.loads(lines[index]) if index < len(lines) else {}
    return event if isinstance(event, dict) else {}
