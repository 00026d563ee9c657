"""Event ids: UUIDv7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

_HEAD = "%08x-%04x%s"


class EventIds:
    """Makes ids that sort in the order they were made, so that of two events of one millisecond the later one wins.

    Of the 74 random bits, 26 stay and 48 count up from a random start, which differ in each instance (method 1 of
    RFC 9562, section 6.2): bits drawn for each batch would cost the training loop more than the rest of an id. One
    thread at a time; a process that was forked needs an instance of its own.
    """

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._version = f"-7{secrets.randbits(12):03x}-{0x8000 | secrets.randbits(14):04x}-"
        self._ms = -1
        self.head = ""
        """The first 24 characters of the ids of this batch."""
        self.last = secrets.randbits(47)
        """The last 12 characters of the latest id, as a number. A caller that makes an id itself increments it."""

    def begin_batch(self) -> None:
        """Moves the ids to the present time; while the clock stands still or goes back, they only count."""
        ms = self._now_ns() // 1_000_000
        if ms > self._ms:
            self._ms = ms
            self.head = _HEAD % (ms >> 16, ms & 0xFFFF, self._version)

    def next(self) -> str:
        """A new id, as text in lower case."""
        self.last += 1
        return f"{self.head}{self.last:012x}"
