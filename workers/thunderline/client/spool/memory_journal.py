"""The journal of events that cannot be written to a disk."""

from __future__ import annotations

from collections import deque

from thunderline.client.spool.batch import Batch
from thunderline.client.spool.lines import is_metric


class MemoryJournal:
    """Events in memory, with the methods of a journal on disk. They are lost with the process."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._lent: list[bytes] = []
        self._bytes = 0

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    @property
    def waiting(self) -> int:
        return len(self._lines) + len(self._lent)

    def append(self, lines: bytes, _events: int) -> None:
        self._lines.extend(lines.splitlines(keepends=True))
        self._bytes += len(lines)

    def readable(self) -> bool:
        return True

    def defer(self, _seconds: float) -> None:
        """Memory can always be read."""

    def content(self) -> bytes:
        """Everything that waits, unless some of it is lent: then nothing."""
        return b"" if self._lent else b"".join(self._lines)

    def forget(self) -> None:
        """Removes everything: it is stored elsewhere."""
        self._lines.clear()
        self._bytes = 0

    def peek(self, max_events: int, max_bytes: int) -> Batch | None:
        """The oldest events, at least one, lent until `settle` or `give_back`; None where there are none."""
        length = 0
        while self._lines and len(self._lent) < max_events:
            length += len(self._lines[0])
            if self._lent and length > max_bytes:
                break
            self._lent.append(self._lines.popleft())
        body = b"".join(self._lent)
        return Batch(body, len(self._lent), len(body)) if self._lent else None

    def settle(self, batch: Batch) -> None:
        """Forgets the batch that was lent: it is answered."""
        self._lent.clear()
        self._bytes -= batch.length

    def give_back(self) -> None:
        """Keeps the batch that was lent, to be lent again."""
        self._lines.extendleft(reversed(self._lent))
        self._lent.clear()

    def drop_oldest_metrics(self) -> tuple[int, int]:
        """Drops the oldest thousandth of the metrics, at least one. How many are gone, and 0 for damaged ones."""
        quota = max(1, len(self._lines) // 1_000)
        kept: deque[bytes] = deque()
        dropped = 0
        while self._lines and dropped < quota:
            line = self._lines.popleft()
            if is_metric(line):
                dropped += 1
                self._bytes -= len(line)
            else:
                kept.append(line)
        self._lines.extendleft(reversed(kept))
        return dropped, 0

    def disown(self) -> None:
        """Memory needs no release."""

    def close(self) -> None:
        """Memory needs no release."""
