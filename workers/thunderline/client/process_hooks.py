"""Closes clients at the end of the process, and restarts them in forked children.

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

from thunderline.client.bridge_call import CALL
from thunderline.client.deferred_signals import DeferredSignals
from thunderline.client.open_trials import open_trials

_MULTIPROCESSING = ("multiprocessing", "multiprocess", "billiard")


class Forkable(Protocol):
    """An object that restarts in a forked child."""

    def after_fork(self) -> None: ...


class Closable(Protocol):
    """An object that the end of the process waits for. `deadline` is of time.monotonic."""

    def close_at_exit(self, deadline: float) -> None: ...

    def finish_close(self, deadline: float) -> None: ...


_forkables: WeakSet[Forkable] = WeakSet()
_closables: MutableMapping[Closable, float] = WeakKeyDictionary()
_lock = threading.RLock()
_hooked = False
_hooked_threads = False


def watch_forks(forkable: Forkable) -> None:
    """Calls `after_fork` in every child forked from now on, for as long as the object lives."""
    with _lock:
        _install()
        _forkables.add(forkable)


def close_at_exit(closable: Closable, timeout_s: float) -> None:
    """Closes an object, if it still exists, when the process ends; delays the end by at most `timeout_s`, and not
    beyond the attempt of a bridge."""
    with _lock:
        _install()
        _closables[closable] = timeout_s
    _close_at_multiprocessing_exit()


def forget(closable: Closable) -> None:
    """Leaves out an object that is closed already."""
    with _lock:
        _closables.pop(closable, None)


def close_all() -> None:
    """Closes everything at once, so that the longest time-out is the whole delay."""
    with suppress(Exception):
        # Ctrl-C ends the wait, and loses nothing: by then every event is on disk.
        with DeferredSignals():
            for trial in open_trials():
                with suppress(Exception):
                    trial.abandon()
            closables = list(_closables.items())
            _closables.clear()
            now, left_s = time.monotonic(), CALL.time_left_s()
            for closable, timeout_s in closables:
                closable.close_at_exit(now + min(timeout_s, left_s))
        for closable, timeout_s in closables:
            closable.finish_close(now + min(timeout_s, left_s))


def close_before_threads_are_joined() -> None:
    """Calls `close_all` before the interpreter waits for the non-daemon threads. Raises RuntimeError where it
    has no such list."""
    global _hooked_threads
    with _lock:
        if not _hooked_threads:
            # As concurrent.futures does, which has the same need.
            register = getattr(threading, "_register_atexit", None)
            if register is None:
                raise RuntimeError("non-daemon threads would never end")
            register(close_all)
            _hooked_threads = True


def is_spawning() -> bool:
    """Whether objects are being pickled in this thread for a child process that is about to start."""
    for name in _MULTIPROCESSING:
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
    """The children of multiprocessing, and of its forks multiprocess and billiard, end without running exit handlers;
    they run finalizers of their own."""
    for name in _MULTIPROCESSING:
        process, util = sys.modules.get(f"{name}.process"), sys.modules.get(f"{name}.util")
        if process is None or util is None:
            continue
        with suppress(Exception):
            # billiard has no parent_process; its children know their parent's id.
            parent = process.parent_process() if hasattr(process, "parent_process") else None
            if parent is not None or getattr(process.current_process(), "_parent_pid", None) is not None:
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
