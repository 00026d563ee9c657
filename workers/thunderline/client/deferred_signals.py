"""Steps of the main thread that no signal handler interrupts, so that Ctrl-C leaves nothing half done."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import signal
import threading
from types import FrameType
from typing import Any, ClassVar

# The wrappers of the module signal make an enum of every number and handler, which takes longer than most steps.
_get, _set = _signal.getsignal, _signal.signal
_NUMBERS = sorted((int(number) for number in signal.valid_signals()), key=lambda number: number != signal.SIGINT)


class DeferredSignals:
    """A `with` block of bounded duration, whose signals reach their handlers when it ends.

    A handler may raise, as that of SIGINT does, between any two instructions of the main thread. In the block each
    handler is replaced by one that only notes the signal. On other threads, and inside another block, it does nothing:
    Python calls handlers on the main thread alone.
    """

    _outermost: ClassVar[DeferredSignals | None] = None
    # The signals whose handlers are being called: those noted by blocks of these handlers join them. One inside the
    # other, the handlers of a fast timer would exhaust the stack.
    _due: ClassVar[list[tuple[Any, int, FrameType | None]] | None] = None
    _handlers: dict[int, Any]
    _noted: list[tuple[int, FrameType | None]]

    def __enter__(self) -> None:
        if DeferredSignals._outermost is not None or threading.current_thread() is not threading.main_thread():
            return
        self._handlers, self._noted = {}, []
        try:
            DeferredSignals._outermost = self
            # SIGINT is the first here and the last at the end: while other handlers change, Ctrl-C cannot interrupt.
            for number in _NUMBERS:
                handler = _get(number)
                if callable(handler):
                    self._handlers[number] = handler
                    _set(number, self._note)
        except ValueError:
            # A sub-interpreter: handlers run in the main one.
            DeferredSignals._outermost = None
        except BaseException:
            self._restore(list(self._handlers.items()))
            raise

    def __exit__(self, *_: object) -> None:
        if DeferredSignals._outermost is self:
            self._restore(list(self._handlers.items()))

    @classmethod
    def calls_handlers(cls) -> bool:
        """Whether the calling thread runs a handler that was deferred."""
        return cls._due is not None and threading.current_thread() is threading.main_thread()

    @classmethod
    def after_fork(cls) -> None:
        """Restores the handlers in a child that another thread forked."""
        cls._due = None
        block = cls._outermost
        if block is not None and threading.current_thread() is threading.main_thread():
            block._noted.clear()
            block._restore(list(block._handlers.items()))

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._noted.append((number, frame))

    def _restore(self, handlers: list[tuple[int, Any]]) -> None:
        try:
            while handlers:
                _set(*handlers[-1])
                handlers.pop()
        except BaseException:
            # The handler of a signal that is restored already raised.
            self._restore(handlers)
            raise
        DeferredSignals._outermost = None
        self._deliver()

    def _deliver(self) -> None:
        noted = [(self._handlers[number], number, frame) for number, frame in self._noted]
        if DeferredSignals._due is not None:
            DeferredSignals._due += noted
        elif noted:
            DeferredSignals._due = noted
            try:
                _call_each(noted)
            finally:
                DeferredSignals._due = None


def _call_each(due: list[tuple[Any, int, FrameType | None]]) -> None:
    """Calls every handler; an exception of one of them passes."""
    while due:
        handler, number, frame = due.pop(0)
        try:
            handler(number, frame)
        except BaseException:
            _call_each(due)
            raise


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=DeferredSignals.after_fork)
