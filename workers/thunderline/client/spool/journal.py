"""A directory of segments, sent from the oldest, appended to at the newest."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from thunderline.client.spool.batch import Batch
from thunderline.client.spool.compaction import compact
from thunderline.client.spool.directory_lock import LOCK_FILE, DirectoryLock
from thunderline.client.spool.segment import SUFFIX, Segment, Vanished


class Journal:
    """The events of one process. The holder of its lock sends it."""

    def __init__(self, directory: Path, lock: DirectoryLock, segments: list[Segment], segment_bytes: int) -> None:
        self.directory = directory
        self._lock = lock
        self._segments = segments
        self._segment_bytes = segment_bytes
        self._lent: Segment | None = None
        self._number = 0
        self._readable_at = 0.0

    @classmethod
    def create(cls, root: Path, segment_bytes: int) -> Journal:
        """A new journal under `root`. Raises OSError where it cannot be written or locked.

        It is locked under a hidden name, so that no other process sees it without its lock.
        """
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{time.time_ns() // 1_000_000:013d}-{os.getpid()}-{secrets.token_hex(4)}"
        hidden = root / f".{name}"
        hidden.mkdir(mode=0o700)
        try:
            lock = DirectoryLock.create(hidden)
        except OSError:
            with suppress(OSError):
                (hidden / LOCK_FILE).unlink(missing_ok=True)
                hidden.rmdir()
            raise
        return cls(hidden.rename(root / name), lock, [], segment_bytes)

    @classmethod
    def adopt(cls, directory: Path, segment_bytes: int) -> Journal | None:
        """The journal of a dead process; None where its process is alive or it is empty."""
        lock = DirectoryLock.acquire(directory)
        if lock is None:
            # Without a lock file there are no segments either: a crash interrupted the removal of this directory.
            with suppress(OSError):
                directory.rmdir()
            return None
        try:
            for unfinished in directory.glob("*.tmp"):
                unfinished.unlink()
            segments = [Segment.adopt(path) for path in sorted(directory.glob(f"*{SUFFIX}"))]
        except OSError:
            lock.release()
            return None
        journal = cls(directory, lock, segments, segment_bytes)
        if journal.waiting_bytes > 0:
            return journal
        journal.close()
        return None

    @property
    def waiting_bytes(self) -> int:
        return sum(segment.waiting_bytes for segment in self._segments)

    @property
    def waiting(self) -> int:
        """Events not yet settled, as far as this process wrote them."""
        return sum(segment.events for segment in self._segments)

    def append(self, lines: bytes, events: int) -> None:
        """Writes lines at the end. Raises OSError where not all of them could be written; then none of them is."""
        newest = self._segments[-1] if self._segments else None
        if newest is not None and newest.writable and newest.size >= self._segment_bytes:
            newest.look()
            newest.seal()
        if newest is None or not newest.writable:
            self._number += 1
            try:
                newest = Segment.create(self.directory / f"{self._number:08d}{SUFFIX}")
            except FileNotFoundError as error:
                raise Vanished(f"{self.directory} was removed") from error
            self._segments.append(newest)
        newest.append(lines, events)

    def peek(self, max_events: int, max_bytes: int) -> Batch | None:
        """The oldest events, lent until `settle` or `give_back`; None where there are none. It may hold only damage: a
        file that was removed, or lines that are no events. Raises OSError where a file cannot be read."""
        for segment in self._segments:
            if segment.waiting_bytes > 0:
                try:
                    batch = segment.read(max_events, max_bytes)
                except FileNotFoundError:
                    batch = Batch(b"", 0, segment.waiting_bytes, damaged=max(1, segment.events))
                self._lent = segment
                return batch
        return None

    def vanished(self) -> bool:
        """Whether the open file was removed."""
        try:
            if self._segments:
                self._segments[-1].look()
        except OSError as error:
            return isinstance(error, Vanished)
        return False

    def readable(self) -> bool:
        """False for a while after a read failed."""
        return time.monotonic() >= self._readable_at

    def defer(self, seconds: float) -> None:
        """Is not read again for so many seconds."""
        self._readable_at = time.monotonic() + seconds

    def rescue(self) -> tuple[bytes, int]:
        """The waiting lines that an open file still holds after the directory was removed, and how many events went
        with the closed ones. Releases the journal."""
        content, lost = b"", 0
        for segment in self._segments:
            try:
                content += segment.content()
                lost += 0 if segment.writable else segment.events
            except OSError:
                lost += segment.events
        self.disown()
        return content, lost

    def settle(self, batch: Batch) -> None:
        """Removes the batch that was lent: it is answered."""
        segment, self._lent = self._lent, None
        if segment is not None and segment.settle(batch) and not segment.writable:
            self._segments.remove(segment)

    def give_back(self) -> None:
        """Keeps the batch that was lent, to be lent again."""
        self._lent = None

    def drop_oldest_metrics(self) -> tuple[int, int]:
        """Frees the space of the oldest metrics. How many metric and damaged lines went; (0, 0): no more to free."""
        for index, segment in enumerate(self._segments):
            if segment.may_hold_metrics and not segment.writable and segment is not self._lent:
                before = self._segments[index - 1] if index > 0 else None
                into = None if before is self._lent else before
                dropped = compact(self._segments, segment, into, self._segment_bytes)
                if dropped != (0, 0):
                    return dropped
        return 0, 0

    def sync(self) -> None:
        """Puts everything written onto the disk. Raises OSError."""
        for segment in self._segments:
            segment.sync()
        _sync_directory(self.directory)

    def disown(self) -> None:
        """Closes the files without changing them: for a forked child, whose parent continues to use them."""
        for segment in self._segments:
            segment.seal()
        self._lock.release()

    def close(self) -> None:
        """Releases the journal; an empty one is removed."""
        if self.waiting_bytes > 0:
            with suppress(OSError):
                self.sync()
            self.disown()
            return
        with suppress(OSError):
            for path in self.directory.glob(f"*{SUFFIX}"):
                path.unlink()
            (self.directory / LOCK_FILE).unlink()
            self.directory.rmdir()
        self.disown()


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
