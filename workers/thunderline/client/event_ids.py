"""Event ids: UUIDv7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable


class EventIds:
    """Makes ids that sort in the order they were made, so that of two events of one millisecond the later one wins.

    The random bits are drawn anew for each batch and then count up (method 2 of RFC 9562, section 6.2). One thread at a
    time; a process that was forked needs an instance of its own, which draws bits of its own.
    """

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        # Seeded by the system once: asking it for each batch costs the training loop the interpreter's lock each time.
        self._draw = random.Random()
        self._ms = -1
        self.head = ""
        """The first 24 characters of the ids of this batch."""
        self.last = 0
        """The last 12 characters of the latest id, as a number. A caller that makes an id itself increments it."""

    def begin_batch(self) -> None:
        """Moves the ids to the present time; while the clock stands still or goes back, they continue to count."""
        ms = self._now_ns() // 1_000_000
        if ms <= self._ms:
            return
        drawn = self._draw.getrandbits(80)
        variant = 0x8000 | drawn >> 48 & 0x3FFF
        text = f"{ms << 16 | 0x7000 | drawn >> 68:016x}"
        self._ms = ms
        self.head = f"{text[:8]}-{text[8:12]}-{text[12:]}-{variant:04x}-"
        # The first bit stays clear, so that counting never overflows.
        self.last = drawn & (1 << 47) - 1

    def next(self) -> str:
        """A new id, as text in lower case."""
        self.last += 1
        return f"{self.head}{self.last:012x}"
