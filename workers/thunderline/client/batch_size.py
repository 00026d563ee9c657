"""The number of events in one request."""

from __future__ import annotations

_GROW_AFTER = 8


class BatchSize:
    """Halves when a request is too large or fails on the way, and doubles again after a series of successes."""

    def __init__(self, most: int) -> None:
        self._most = max(1, most)
        self._successes = 0
        self.events = self._most
        """The most events for the next request."""

    def shrink(self, tried: int) -> None:
        """The request with `tried` events was too large, or may have been."""
        self.events = max(1, tried // 2)
        self._successes = 0

    def succeeded(self) -> None:
        self._successes += 1
        if self._successes >= _GROW_AFTER and self.events < self._most:
            self.events = min(self._most, 2 * self.events)
            self._successes = 0
