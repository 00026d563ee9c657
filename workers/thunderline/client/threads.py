"""The threads of one client."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Callable, Mapping

from thunderline.client import process_hooks
from thunderline.client.notices import Notices


class Threads:
    """Starts the threads once, and waits for them. Where the interpreter starts none, the calling threads do the work.

    They are daemons, so that one that hangs does not hang the end of the process. A sub-interpreter with an own lock
    allows no daemons; there the end of the interpreter closes the client before it waits for them.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._started: dict[str, threading.Thread] = {}

    def start(self, bodies: Mapping[str, Callable[[], None]]) -> None:
        """Starts one thread for each body, under its name."""
        daemon: bool = getattr(_thread, "daemon_threads_allowed", lambda: True)()
        try:
            if not daemon:
                process_hooks.close_before_threads_are_joined()
            for name, body in bodies.items():
                thread = threading.Thread(target=body, name=f"thunderline-{name}", daemon=daemon)
                thread.start()
                self._started[name] = thread
        except RuntimeError as error:
            # In an exit handler no thread can start any more, from Python 3.12 on, and the exit sends anyway.
            if "interpreter shutdown" not in str(error):
                self._notices.warn("thread", "No thread can start (%s); a flush and the exit send the events.", error)

    def started(self, name: str) -> bool:
        return name in self._started

    def run(self, name: str) -> bool:
        """Whether the thread of that name runs."""
        return name in self._started and self._started[name].is_alive()

    def any_run(self) -> bool:
        return any(map(self.run, self._started))

    def include_caller(self) -> bool:
        """Whether the calling thread is one of them."""
        return threading.current_thread() in self._started.values()

    def join(self, deadline: float) -> None:
        """Waits for their ends until `deadline` (time.monotonic)."""
        for thread in self._started.values():
            thread.join(max(0.0, deadline - time.monotonic()))
