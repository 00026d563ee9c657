"""The lock that shows that a journal's process is alive."""

from __future__ import annotations

import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has none; there events wait in memory.
    fcntl = None  # type: ignore[assignment]

LOCK_FILE = "lock"


class DirectoryLock:
    """An exclusive flock on a file in a directory.

    A flock, unlike a record lock of fcntl, belongs to the open file: no other open and close in this process releases
    it, and the kernel releases it when its holder dies, however it dies.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def create(cls, directory: Path) -> DirectoryLock:
        """Locks a directory that no other process can find yet. Raises OSError if the file system has no locks."""
        return cls._lock(directory, os.O_RDWR | os.O_CREAT | os.O_EXCL)

    @classmethod
    def acquire(cls, directory: Path) -> DirectoryLock | None:
        """Locks the directory of a dead process; None where its process is alive, or another process was faster."""
        try:
            lock = cls._lock(directory, os.O_RDWR)
        except OSError:
            return None
        if lock._is_of(directory):
            return lock
        lock.release()
        return None

    def release(self) -> None:
        """Releases the lock. In a forked child this closes only the child's copy; the parent continues to hold the
        lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @classmethod
    def _lock(cls, directory: Path, flags: int) -> DirectoryLock:
        if fcntl is None:
            raise OSError("this system has no file locks")
        descriptor = os.open(directory / LOCK_FILE, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def _is_of(self, directory: Path) -> bool:
        # The previous holder may have removed the directory between our open and our lock.
        try:
            there = (directory / LOCK_FILE).stat()
        except OSError:
            return False
        return self._descriptor is not None and os.path.samestat(there, os.fstat(self._descriptor))
