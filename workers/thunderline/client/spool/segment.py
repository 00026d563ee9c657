"""One file of a journal."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from thunderline.client.spool.batch import Batch
from thunderline.client.spool.fresh_lines import FreshLines
from thunderline.client.spool.lines import first_lines, intact, is_metric

SUFFIX = ".ndjson"

LOOK_EVERY_S = 1.0
"""An open file is looked for in its directory once in this time. Events that were written meanwhile to a file that was
removed can still be read, for as long as the process lives."""


class Vanished(OSError):
    """The file or its directory was removed while it was in use."""


class Segment:
    """An append-only file of lines, sent from the front.

    `size` counts the bytes of complete writes: bytes beyond it are the torn end of a failed write and are never read.
    """

    def __init__(self, path: Path, descriptor: int | None, size: int) -> None:
        self.path = path
        self.size = size
        self.events = 0
        """Lines written by this process and not yet settled; 0 in an adopted segment, whose lines were never counted.
        """
        self.may_hold_metrics = True
        self._head = 0
        self._fresh = FreshLines()
        self._descriptor = descriptor
        self._ours = descriptor is not None
        self._dirty = False
        self._looked_at = time.monotonic()

    @classmethod
    def create(cls, path: Path) -> Segment:
        """A new segment, open for appending. Raises OSError."""
        return cls(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), 0)

    @classmethod
    def adopt(cls, path: Path) -> Segment:
        """A segment another process wrote; its lines are checked as they are read. Raises OSError."""
        return cls(path, None, path.stat().st_size)

    @property
    def waiting_bytes(self) -> int:
        return self.size - self._head

    @property
    def writable(self) -> bool:
        return self._descriptor is not None

    def append(self, lines: bytes, events: int) -> None:
        """Writes lines. Raises OSError where not all of them could be written; then none of them is there. Raises
        Vanished where the file was found to be removed."""
        assert self._descriptor is not None
        if time.monotonic() >= self._looked_at + LOOK_EVERY_S:
            self.look()
        try:
            written = os.write(self._descriptor, lines)
            if written < len(lines):
                raise OSError(f"{self.path}: {written} of {len(lines)} bytes written")
        except OSError:
            try:
                os.ftruncate(self._descriptor, self.size)
            except OSError:
                self.seal()
            raise
        if self._fresh.size == self.waiting_bytes:
            self._fresh.append(lines, events)
        self.size += len(lines)
        self.events += events
        self._dirty = True

    def look(self) -> None:
        """Raises Vanished where the open file was removed: writes to it succeed, and are lost with the process."""
        self._looked_at = time.monotonic()
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0:
            raise Vanished(f"{self.path} was removed")

    def read(self, max_events: int, max_bytes: int) -> Batch:
        """The next lines: at least one, however long, where there is one. Raises OSError."""
        body, events = self._fresh.first(max_events, max_bytes)
        if events > 0:
            return Batch(body, events, len(body))
        length = min(max_bytes, self.waiting_bytes)
        chunk = self._bytes(length)
        while b"\n" not in chunk and length < self.waiting_bytes:
            length = min(2 * length, self.waiting_bytes)
            chunk = self._bytes(length)
        body, events = first_lines(chunk, max_events)
        if not body:
            return Batch(b"", 0, self.waiting_bytes, damaged=max(1, self.events))
        if self._ours:
            return Batch(body, events, len(body))
        lines = body.splitlines(keepends=True)
        kept = [line for line in lines if intact(line)]
        return Batch(b"".join(kept), len(kept), len(body), damaged=len(lines) - len(kept))

    def settle(self, batch: Batch) -> bool:
        """Moves past a batch. True: nothing is left, and the file is emptied where it is open, else removed."""
        self._head += batch.length
        self._fresh.skip(batch.length)
        self.events = max(0, self.events - batch.events - batch.damaged)
        if self._head < self.size:
            return False
        try:
            if self._descriptor is None:
                self.remove()
            else:
                os.ftruncate(self._descriptor, 0)
        except OSError:
            self.seal()
        self.size = self._head = self.events = 0
        return True

    def lifecycle_lines(self) -> tuple[list[bytes], int, int]:
        """The waiting lines to keep, and how many metric and damaged lines would be removed. Raises OSError."""
        lines = self._bytes(self.waiting_bytes).splitlines(keepends=True)
        kept = [line for line in lines if not is_metric(line) and line.endswith(b"\n") and intact(line)]
        metrics = sum(map(is_metric, lines))
        return kept, metrics, len(lines) - len(kept) - metrics

    def content(self) -> bytes:
        """Everything that waits in a file that is open for appending, even if it was removed. Raises OSError."""
        return self._bytes(self.waiting_bytes) if self.writable else b""

    def sync(self) -> None:
        """Puts what was written onto the disk. Raises OSError."""
        if not self._dirty:
            return
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._dirty = False

    def seal(self) -> None:
        """Ends appending."""
        # In an outage there are hundreds of segments, and only one of them may take up memory.
        self._fresh.clear()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        self.seal()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _bytes(self, length: int) -> bytes:
        if self._descriptor is not None:
            return os.pread(self._descriptor, length, self._head)
        with self.path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), length, self._head)
