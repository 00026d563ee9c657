"""Exceptions that a signal handler of the program raises while a call of the client runs."""

from __future__ import annotations

import functools
import signal
from types import CodeType
from typing import Any


def pass_on(error: BaseException) -> None:
    """Raises an exception of a signal handler again: it is meant for the program, as that of a time limit is.

    Every call that keeps exceptions from the training calls this first.
    """
    traceback = error.__traceback__
    # The frames below the one that caught it; nearly always there is none.
    traceback = traceback.tb_next if traceback is not None else None
    if traceback is None:
        return
    codes = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    while traceback is not None and codes:
        if traceback.tb_frame.f_code in codes:
            raise error
        traceback = traceback.tb_next


def _code_of(handler: Any) -> CodeType | None:
    if isinstance(handler, functools.partial):
        return _code_of(handler.func)
    function = getattr(handler, "__func__", handler)
    code = getattr(function, "__code__", None)
    if code is None and callable(handler):
        code = getattr(type(handler).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None
