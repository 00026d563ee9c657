"""Ends the open trials of a process that is stopped with SIGTERM, as schedulers do before they reclaim a machine.

The handler is installed when the first trial starts, only where SIGTERM has its default action. A handler that the
program installs later replaces it, and may call it as the previous one. The process still dies by SIGTERM.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from types import FrameType

from thunderline.client import process_hooks
from thunderline.client.open_trials import open_trials

_PACKAGE = __name__.rpartition(".")[0]
_DEFER_S = 0.005
_MAX_DEFERRALS = 20

_deferrals = 0


def install() -> None:
    """Handles SIGTERM, unless the program does. Does nothing on other threads than the main one: only that one can."""
    with suppress(ValueError):
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)


def _on_sigterm(_signal: int, frame: FrameType | None) -> None:
    if _interrupts_the_client(frame) and _comes_again():
        return
    # A second SIGTERM ends the process at once; what is not sent by then is on disk.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        for trial in open_trials():
            with suppress(Exception):
                trial.preempt()
        process_hooks.close_all()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def _interrupts_the_client(frame: FrameType | None) -> bool:
    """Whether the interrupted call is one of the client, which may hold a lock that closing needs."""
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(_PACKAGE):
            return True
        frame = frame.f_back
    return False


def _comes_again() -> bool:
    """Sends the signal once more, in a moment; False after a tenth of a second: the call waits for something else."""
    global _deferrals
    _deferrals += 1
    if _deferrals > _MAX_DEFERRALS:
        return False
    timer = threading.Timer(_DEFER_S, os.kill, (os.getpid(), signal.SIGTERM))
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:
        # The interpreter is ending and starts no more threads.
        return False
    return True


def _after_fork() -> None:
    """In a forked child SIGTERM acts as before until the child starts a trial of its own."""
    global _deferrals
    _deferrals = 0
    with suppress(ValueError):
        if signal.getsignal(signal.SIGTERM) is _on_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
