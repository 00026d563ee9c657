"""Waits for the effects of other threads and processes that signal nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE_S = 120.0


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Returns as soon as the condition holds, and fails if it never does. It polls the condition."""
    deadline = time.monotonic() + PATIENCE_S
    look = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        look.wait(0.002)
