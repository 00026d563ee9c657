"""Finds the events that wait below a spool directory. Nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from thunderline.client.spool.directory_lock import DirectoryLock
from thunderline.client.spool.segment import SUFFIX

_CHUNK_BYTES = 1024 * 1024
_NAME = re.compile(r"(\d{13})-(\d+)-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class WaitingJournal:
    """The events of one process for one gateway and key."""

    directory: Path
    events: int
    """Events in its files. A process that was killed while sending may have sent some of them already."""
    size: int
    """Bytes in its files."""
    alive: bool
    """Whether the process that holds the journal is running; it may be another one than `pid`, that sends it."""

    @property
    def spool(self) -> str:
        """The name of the directory of its gateway and key."""
        return self.directory.parent.name

    @property
    def started_s(self) -> float:
        """When its process made it, in epoch seconds."""
        match = _NAME.fullmatch(self.directory.name)
        return int(match[1]) / 1_000 if match else self.directory.stat().st_mtime

    @property
    def pid(self) -> int | None:
        """The process that made it, on the machine that it ran on."""
        match = _NAME.fullmatch(self.directory.name)
        return int(match[2]) if match else None


def find_waiting(base: Path) -> list[WaitingJournal]:
    """The journals of every gateway and key that hold events, oldest first. Raises OSError if `base` is unreadable."""
    if not base.exists():
        return []
    return [journal for root in sorted(base.iterdir()) if root.is_dir() for journal in find_waiting_in(root)]


def find_waiting_in(root: Path) -> list[WaitingJournal]:
    """The journals of one gateway and key that hold events, oldest first. Raises OSError if `root` is unreadable."""
    if not root.exists():
        return []
    return list(_read_all(sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))))


def count_lines(path: Path) -> int:
    """The events in one file. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""))


def _read_all(directories: list[Path]) -> Iterator[WaitingJournal]:
    for directory in directories:
        # Its process may send and remove the journal while it is read.
        with suppress(FileNotFoundError):
            segments = list(directory.glob(f"*{SUFFIX}"))
            size = sum(path.stat().st_size for path in segments)
            if size > 0:
                yield WaitingJournal(directory, sum(map(count_lines, segments)), size, _is_alive(directory))


def _is_alive(directory: Path) -> bool:
    lock = DirectoryLock.acquire(directory)
    if lock is not None:
        lock.release()
    return lock is None
