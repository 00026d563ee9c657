"""A bell that one thread waits for."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock


class Bell:
    """Rings for one thread; rings that no thread waits for count as one.

    Any thread and any signal handler may ring. A lock, because it is the cheapest object that a thread can wait for:
    the training loop waits for the interpreter while the thread wakes.
    """

    def __init__(self) -> None:
        self._silence = Lock()
        self._silence.acquire()

    def ring(self) -> None:
        with suppress(RuntimeError):
            # It is unlocked already where an earlier ring was not heard.
            self._silence.release()

    def silence(self) -> None:
        """Forgets an earlier ring."""
        self._silence.acquire(blocking=False)

    def wait(self, timeout_s: float) -> None:
        """Blocks until the bell rings, or has rung, or the time is over."""
        self._silence.acquire(timeout=max(timeout_s, 0.0))
