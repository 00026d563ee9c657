"""Lines that were just written to a file."""

from __future__ import annotations

from collections import deque

from thunderline.client.spool.lines import first_lines

MAX_FRESH_BYTES = 512 * 1024
"""As many as one request takes, by default."""


class FreshLines:
    """The oldest lines that wait in a file, kept as they were written, so that they are sent without reading and
    counting them: both take time of the training loop."""

    def __init__(self) -> None:
        self._writes: deque[tuple[bytes, int]] = deque()
        self.size = 0
        """Bytes kept."""

    def append(self, lines: bytes, events: int) -> None:
        """Keeps one more write, where there is room; the caller has kept all writes before it."""
        if self.size + len(lines) <= MAX_FRESH_BYTES:
            self._writes.append((lines, events))
            self.size += len(lines)

    def first(self, max_events: int, max_bytes: int) -> tuple[bytes, int]:
        """The first lines, and how many they are: none where not even one fits."""
        parts: list[bytes] = []
        left = max_events
        for lines, events in self._writes:
            if events > left or len(lines) > max_bytes:
                lines, events = first_lines(lines[:max_bytes], left)
                max_bytes = 0
            parts.append(lines)
            left -= events
            max_bytes -= len(lines)
            if left <= 0 or max_bytes <= 0:
                break
        return b"".join(parts), max_events - left

    def skip(self, length: int) -> None:
        """Forgets lines that `first` has returned, of so many bytes; others make it forget everything."""
        while self._writes and length >= len(self._writes[0][0]):
            lines, _ = self._writes.popleft()
            self.size -= len(lines)
            length -= len(lines)
        if length > 0 and self._writes:
            lines, events = self._writes[0]
            self._writes[0] = lines[length:], events - lines.count(b"\n", 0, length)
            self.size -= length

    def clear(self) -> None:
        self._writes.clear()
        self.size = 0
