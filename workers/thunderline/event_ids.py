"""Event ids: UUIDv7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable


class EventIds:
    """Makes ids that sort in the order they were made, so that of two events of one millisecond the later one wins.

    The random bits are drawn once a millisecond and then count up (method 2 of RFC 9562, section 6.2). One thread at a
    time; a process that was forked needs an instance of its own, which draws bits of its own.
    """

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._ms = -1
        self._head = ""
        self._tail = 0

    def next(self) -> str:
        """A new id, as text in lower case."""
        ms = self._now_ns() // 1_000_000
        if ms > self._ms:
            self._draw(ms)
        else:
            self._tail += 1
        tail = f"{self._tail:016x}"
        return f"{self._head}-{tail[:4]}-{tail[4:]}"

    def _draw(self, ms: int) -> None:
        random = int.from_bytes(os.urandom(10), "big")
        head = f"{ms << 16 | 7 << 12 | random >> 68:016x}"
        self._ms = ms
        self._head = f"{head[:8]}-{head[8:12]}-{head[12:]}"
        # The variant 10, then 62 bits of which the first is clear, so that counting never overflows.
        self._tail = 1 << 63 | random & (1 << 61) - 1
