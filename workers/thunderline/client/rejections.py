"""Reports the events that the gateway rejected to the program."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Full, Queue
from typing import Any

from thunderline.client.answer import Settled
from thunderline.client.context import Context
from thunderline.client.spool.batch import Batch
from thunderline.client.stats import Rejection

OnRejected = Callable[[Rejection], object]

MAX_CALLS_WAITING = 1_000


class Rejections:
    """Keeps the latest rejected events, logs each code once, and passes each event to the program's callback.

    The callback runs on a thread of its own, so that one that hangs or exits stops nothing else; when 1,000 calls wait,
    further ones are left out, and that is logged once.
    """

    def __init__(self, context: Context, on_rejected: OnRejected | None) -> None:
        self._context = context
        self._on_rejected = on_rejected
        self._calls: Queue[Rejection | None] = Queue(MAX_CALLS_WAITING)
        self._thread: threading.Thread | None = None

    def report(self, batch: Batch, settled: Settled) -> None:
        """Reports the faults of a batch. Never raises, and never waits for the callback."""
        if not settled.faults:
            return
        lines = batch.lines()
        for fault in settled.faults:
            rejection = Rejection(fault.code, fault.path, fault.message, _event(lines, fault.index))
            self._context.counters.keep(rejection)
            self._context.notices.once(
                f"rejected {fault.code}",
                "The gateway rejected an event permanently: %s at %r: %s. Others with this code are only counted.",
                fault.code,
                fault.path,
                fault.message,
            )
            self._pass_on(rejection)

    def await_calls(self, timeout_s: float) -> None:
        """Waits until the calls so far have returned, for at most `timeout_s`."""
        if self._thread is not None:
            with self._calls.all_tasks_done:
                self._calls.all_tasks_done.wait_for(lambda: self._calls.unfinished_tasks == 0, max(0.0, timeout_s))

    def stop(self) -> None:
        """Ends the thread of the callback after the calls so far. Returns at once."""
        if self._thread is not None:
            with suppress(Full):
                self._calls.put_nowait(None)

    def _pass_on(self, rejection: Rejection) -> None:
        if self._on_rejected is None:
            return
        try:
            self._calls.put_nowait(rejection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="thunderline-rejections", daemon=True)
                self._thread.start()
        except Full:
            self._context.notices.warn("on_rejected", "on_rejected does not return; further calls are left out.")
        except RuntimeError:
            # The interpreter is ending and starts no more threads.
            self._call()

    def _run(self) -> None:
        while self._call():
            pass
        self._thread = None

    def _call(self) -> bool:
        """Makes the next call. False: the callback is stopped."""
        rejection = self._calls.get()
        try:
            if rejection is not None and self._on_rejected is not None:
                self._on_rejected(rejection)
        except BaseException as error:
            # SystemExit would end this thread, and with it every later call.
            self._context.notices.once("on_rejected", "on_rejected raised %s: %s", type(error).__name__, error)
        finally:
            self._calls.task_done()
        return rejection is not None


def _event(lines: list[bytes], index: int) -> Mapping[str, Any]:
    with suppress(Exception):
        event = json.loads(lines[index])
        if isinstance(event, dict):
            return event
    return {}
