"""A progress bar on a terminal."""

from __future__ import annotations

import time
from typing import TextIO

from thunderline.cli.amounts import counted

_WIDTH = 30
_SHOW_EVERY_S = 0.1


class Progress:
    """Redraws one line on a terminal, at most ten times a second; silent on anything else, such as a log file."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._stream = stream
        self._drawn_at = float("-inf")
        self._drawn = stream.isatty() and total > 0

    def show(self, done: int) -> None:
        """Draws the bar for so many events, more than the total too: a running process may end meanwhile."""
        now = time.monotonic()
        if not self._drawn or (now - self._drawn_at < _SHOW_EVERY_S and done < self._total):
            return
        self._drawn_at = now
        total = max(self._total, done)
        filled = _WIDTH * done // total
        bar = "#" * filled + "." * (_WIDTH - filled)
        self._stream.write(f"\r[{bar}] {100 * done // total:3d} %  {done:,} of {counted(total, 'event')}")
        self._stream.flush()

    def end(self) -> None:
        """Leaves the line, so that further text starts on the next one."""
        if self._drawn and self._drawn_at > float("-inf"):
            self._stream.write("\n")
            self._stream.flush()
