"""Ctrl-C at any instruction of the client."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

PACKAGE = "thunderline."
UNINTERRUPTED = "thunderline.client.deferred_signals"
"""Changes the handlers, between instructions at which Python calls none."""

POINTS = 60
"""Instructions of a call at which it is interrupted, spread evenly."""


class Interrupts:
    """Counts the instructions that the main thread executes in the client, and sends SIGINT at one of them."""

    def __init__(self, at: int | None) -> None:
        self.instructions = 0
        self._at = at

    def __call__(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(PACKAGE) or name == UNINTERRUPTED:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._instruction

    def _instruction(self, _frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
        if event == "opcode":
            self.instructions += 1
            if self.instructions == self._at:
                signal.raise_signal(signal.SIGINT)
        return self._instruction


@contextmanager
def interrupted(at: int | None) -> Iterator[Interrupts]:
    """Sends SIGINT at the instruction of that number, counted from 1; None only counts them."""
    interrupts = Interrupts(at)
    before = sys.gettrace()
    sys.settrace(interrupts)
    try:
        yield interrupts
    finally:
        sys.settrace(before)


def everywhere(call: Callable[[], object]) -> Iterator[bool]:
    """Makes the call again and again, interrupted at another instruction each time; whether it was interrupted."""
    # Python 3.12 and 3.13 trace the instructions of a function from the second time on that they are asked for.
    for _ in range(2):
        with interrupted(None) as count:
            call()
    assert count.instructions > 0
    for at in range(1, count.instructions + 1, max(1, count.instructions // POINTS)):
        try:
            with interrupted(at):
                call()
        except KeyboardInterrupt:
            yield True
        else:
            yield False
