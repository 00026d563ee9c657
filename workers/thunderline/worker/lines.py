"""JSON lines between this process and the bridge that started it."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

STDIN, STDOUT, STDERR = 0, 1, 2


class Lines:
    """One JSON object a line in both directions. Threads may send at the same time."""

    def __init__(self, reading: BinaryIO, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Writes one line. Values must be JSON: numbers finite, NaN and infinities as text."""
        # Escaped, so that a lone surrogate of a file name is written too; it has no bytes in UTF-8.
        line = json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self._writing, line) :]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The lines that arrive, until the bridge closes its end. One that is not a JSON object raises ValueError."""
        for line in self._reading:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ValueError(f"expected a JSON object, got {line[:100]!r}")
            yield message


def take_over_descriptors() -> Lines:
    """Moves STDIN and STDOUT to descriptors that only the protocol uses: afterwards `print()`, and libraries that write
    to descriptor 1, write to STDERR, and `input()` reads the end of a file. Child processes inherit neither."""
    reading, writing = os.dup(STDIN), os.dup(STDOUT)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, STDIN)
    os.close(empty)
    sys.stdout.flush()
    os.dup2(STDERR, STDOUT)
    if hasattr(sys.stdout, "reconfigure"):
        # Printed lines must not be lost with the buffer of a killed process.
        sys.stdout.reconfigure(line_buffering=True)
    return Lines(os.fdopen(reading, "rb"), writing)
