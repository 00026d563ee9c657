"""What the end and the forking of a process mean for its clients.

The interpreter has one list of exit handlers and one of fork handlers, so this module has one list of each kind too.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet


class Forkable(Protocol):
    """Something that begins anew in a forked child."""

    def after_fork(self) -> None: ...


class Closable(Protocol):
    """Something the end of the process waits for. `deadline` is of time.monotonic."""

    def begin_close(self, deadline: float) -> None: ...

    def finish_close(self, deadline: float) -> None: ...


_forkables: WeakSet[Forkable] = WeakSet()
_closables: MutableMapping[Closable, float] = WeakKeyDictionary()
_lock = threading.RLock()
_hooked = False


def watch_forks(forkable: Forkable) -> None:
    """Calls `after_fork` in every child forked from now on, for as long as the object lives."""
    with _lock:
        _install()
        _forkables.add(forkable)


def close_at_exit(closable: Closable, timeout_s: float) -> None:
    """Closes something, if it still lives, when the process ends; holds the end up for at most `timeout_s`."""
    with _lock:
        _install()
        _closables[closable] = timeout_s
    _close_at_multiprocessing_exit()


def close_all() -> None:
    """Closes everything at once, so that the longest time-out is the whole delay."""
    with suppress(Exception):
        closables = list(_closables.items())
        _closables.clear()
        now = time.monotonic()
        for closable, timeout_s in closables:
            closable.begin_close(now + timeout_s)
        for closable, timeout_s in closables:
            closable.finish_close(now + timeout_s)


def is_spawning() -> bool:
    """Whether objects are being pickled in this thread for a child process that is about to start."""
    for name in ("multiprocessing", "multiprocess", "billiard"):
        context = sys.modules.get(f"{name}.context")
        if context is not None and context.get_spawning_popen() is not None:
            return True
    return False


def _install() -> None:
    global _hooked
    if not _hooked:
        _hooked = True
        atexit.register(close_all)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_after_fork)


def _close_at_multiprocessing_exit() -> None:
    """The children of multiprocessing end without running exit handlers; they run finalizers of their own."""
    process = sys.modules.get("multiprocessing.process")
    util = sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        with suppress(Exception):
            util.Finalize(None, close_all, exitpriority=100)


def _after_fork() -> None:
    global _closables, _forkables, _lock
    # Another thread may have held the lock or been changing the lists; that thread is not in the child.
    _lock = threading.RLock()
    _closables = WeakKeyDictionary()
    with suppress(Exception):
        forkables = list(_forkables)
        _forkables = WeakSet(forkables)
        for forkable in forkables:
            with suppress(Exception):
                forkable.after_fork()
