"""Steps for metrics that are logged without one."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count

MAX_SERIES = 10_000


class StepCounter:
    """Counts the calls of each series from 0. Safe from any thread and from signal handlers: it takes no lock."""

    def __init__(self) -> None:
        self._counters: dict[Hashable, count[int]] = {}

    def next(self, series: Hashable) -> int:
        """0 at the first call for a series, then 1, 2, ...; of 10,000 series the oldest one starts again at 0."""
        counter = self._counters.get(series)
        if counter is None:
            # `setdefault` and `pop` are atomic; another thread may have been first.
            counter = self._counters.setdefault(series, count())
            if len(self._counters) > MAX_SERIES:
                self._counters.pop(next(iter(self._counters)), None)
        return next(counter)
