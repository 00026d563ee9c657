"""Keeps what waits within its bounds by dropping the oldest metrics; lifecycle events stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from thunderline.client.context import Context


class Droppable(Protocol):
    """A journal that gives up its oldest metrics."""

    def drop_oldest_metrics(self) -> tuple[int, int]: ...


class Bounds:
    """Drops, counts, and logs once that a bound was reached."""

    def __init__(self, context: Context) -> None:
        self._counters = context.counters
        self._notices = context.notices

    def keep(self, journals: Callable[[], Sequence[Droppable]], used_bytes: Callable[[], int], max_bytes: int) -> int:
        """Drops from the journals, in their order, until they use at most `max_bytes` or hold no more metrics. Returns
        how many bytes more they may use."""
        for journal in journals() if used_bytes() > max_bytes else ():
            while used_bytes() > max_bytes and self._drop_from(journal):
                pass
        return max_bytes - used_bytes()

    def _drop_from(self, journal: Droppable) -> bool:
        try:
            metrics, damaged = journal.drop_oldest_metrics()
        except OSError as error:
            self._notices.warn("disk_bound", "The spool cannot be trimmed to its limit (%s).", error)
            return False
        self._counters.lose("spool_full", metrics)
        self._counters.lose("spool_damaged", damaged)
        if metrics:
            self._notices.warn("spool_full", "The spool is full; the oldest metrics are dropped (see client.stats).")
        return metrics + damaged > 0
