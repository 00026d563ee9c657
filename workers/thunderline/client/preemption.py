"""Ends the open trials of a process that is stopped with SIGTERM, as schedulers do before they reclaim a machine.

The handler is installed when a client is made or a trial starts, only where SIGTERM has its default action. A handler
that the program installs later replaces it, and may call it as the previous one. The process still dies by SIGTERM.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from thunderline.client import process_hooks
from thunderline.client.open_trials import open_trials

_PACKAGE = __name__.rpartition(".")[0]
_DEFER_S = 0.005
_MAX_DEFERRALS = 20

_deferrals = 0
_ending = False
_resends: set[object] = set()


def install() -> None:
    """Handles SIGTERM, unless the program does. Does nothing on other threads than the main one: only that one can."""
    with suppress(ValueError):
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)


def _on_sigterm(_signal: int, frame: FrameType | None) -> None:
    if _ending:
        return
    call = _call_of_the_client(frame)
    if call is None or not _comes_again():
        _end_process()
    else:
        _end_process_after(call)


def _end_process() -> None:
    global _ending
    _ending = True
    # The next signal ends the process at once, and must not be one of _resend.
    while _resends:
        time.sleep(_DEFER_S / 5)
    # Events that are not sent by then are on disk.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        for trial in open_trials():
            with suppress(Exception):
                trial.preempt()
        process_hooks.close_all()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def _call_of_the_client(frame: FrameType | None) -> FrameType | None:
    """The call of the client that the signal interrupts. It may hold a lock that closing needs."""
    call = None
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(_PACKAGE):
            call = frame
        frame = frame.f_back
    return call


def _end_process_after(call: FrameType) -> None:
    """Ends the process when the call returns. With a profiler of the program, one of the repeated signals has to arrive
    between two calls instead."""

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if frame is call and event == "return":
            sys.setprofile(None)
            _end_process()

    if sys.getprofile() is None:
        sys.setprofile(profile)


def _comes_again() -> bool:
    """Sends the signal once more, in a moment; False after a tenth of a second: the call waits for something else."""
    global _deferrals
    _deferrals += 1
    if _deferrals > _MAX_DEFERRALS:
        return False
    resend = object()
    _resends.add(resend)
    try:
        # The threading module takes a lock to start a thread, and the signal may have interrupted its holder.
        _thread.start_new_thread(_resend, (resend,))
    except RuntimeError:
        # The interpreter is ending and starts no more threads.
        _resends.discard(resend)
        return False
    return True


def _resend(resend: object) -> None:
    time.sleep(_DEFER_S)
    os.kill(os.getpid(), signal.SIGTERM)
    _resends.discard(resend)


def _after_fork() -> None:
    """In a forked child SIGTERM acts as before until the child starts a trial of its own."""
    global _deferrals
    _deferrals = 0
    _resends.clear()
    with suppress(ValueError):
        if signal.getsignal(signal.SIGTERM) is _on_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
