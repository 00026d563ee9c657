"""The thread that writes events from the queue to the spool."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import inf

from thunderline.client.context import Context
from thunderline.client.deferred_signals import DeferredSignals
from thunderline.client.intake import Intake
from thunderline.client.line_encoder import LineEncoder
from thunderline.client.records import Record
from thunderline.client.spool.spool import Spool

COLLECT_EVERY_S = 0.1
"""The longest time for which a metric is only in memory, where a SIGKILL loses it."""

_TAKEN_AT_ONCE = 1_000
_IDLE_S = 30.0
_AFTER_A_FAULT_S = 1.0
_RELIEF_TIMEOUT_S = 0.1
_WRITE_TIMEOUT_S = 0.5
"""A write that takes longer hangs."""
_START_TIMEOUT_S = 3.0
_UNINTERRUPTED_S = 0.05


class Collector:
    """Encodes records and appends them to the spool, so that they outlive the process.

    It never waits for the network, so a gateway that hangs does not keep events off the disk. `guard` protects the
    encoder and the spool; it is held for the duration of a disk write, never while a thread waits for the network.
    """

    def __init__(
        self,
        intake: Intake,
        encoder: LineEncoder,
        spool: Spool,
        guard: threading.Lock,
        context: Context,
        on_collected: Callable[[bool], None],
    ) -> None:
        """`on_collected` is called after new events are in the spool, with whether they should be sent at once."""
        self._intake = intake
        self._encoder = encoder
        self._spool = spool
        self._guard = guard
        self._context = context
        self._on_collected = on_collected
        self._stopping = False
        self._holder: int | None = None
        self._held_since = inf
        self._stalled = False
        self._awaiting: set[int] = set()

    def run(self) -> None:
        """The body of the thread. Only `stop` ends it: an unexpected error is logged once, and it continues."""
        more = False
        while not self._stopping:
            try:
                if not more:
                    self._intake.wait(_IDLE_S)
                self._collect_within(-1)
                more = self._intake.linger(COLLECT_EVERY_S)
            except Exception as error:
                self._context.notices.warn("collector", "Collecting failed (%s: %s).", type(error).__name__, error)
                time.sleep(_AFTER_A_FAULT_S)

    def stop(self) -> None:
        """Ends the thread. Returns at once."""
        self._stopping = True
        self._intake.hurry()

    def relieve(self) -> None:
        """Writes the full queue to the spool from the calling thread, unless the disk hangs."""
        self.collect(_RELIEF_TIMEOUT_S)

    def await_written(self, receipt: threading.Event) -> None:
        """Waits until a lifecycle event is in the spool, so that no end of the process loses it, `os._exit` included.

        A disk that hangs is waited for once, and for a moment. A thread that the system does not run is waited for
        longer, because the event would be lost for nothing. A signal handler that interrupts a wait, or a write, does
        not wait itself: handlers could interrupt each other without end.
        """
        caller = threading.get_ident()
        if self._stalled or caller == self._holder or caller in self._awaiting:
            return
        self._awaiting.add(caller)
        try:
            self._stalled = not self._wait(receipt)
        finally:
            self._awaiting.discard(caller)

    def _wait(self, receipt: threading.Event) -> bool:
        """False: the disk hangs."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not receipt.wait(_WRITE_TIMEOUT_S):
            now = time.monotonic()
            if now > deadline or now - self._held_since > _WRITE_TIMEOUT_S:
                return receipt.is_set()
        return True

    def collect(self, timeout_s: float) -> bool:
        """Writes everything that was in the queue at the start of the call. False: the spool was busy for `timeout_s`,
        or this call interrupted one of the same thread (from a signal handler)."""
        deadline = time.monotonic() + timeout_s
        while self._holder != threading.get_ident():
            # Ctrl-C ends the wait in a moment, and what follows the wait is done at once.
            with DeferredSignals():
                if self._collect_within(min(timeout_s, _UNINTERRUPTED_S)):
                    return True
            timeout_s = deadline - time.monotonic()
            if timeout_s <= 0:
                break
        return False

    def write(self, records: list[Record]) -> None:
        """Encodes records and appends them; the caller holds the guard."""
        lines, events = self._encoder.encode(records)
        # A call with many metrics makes several events, one that cannot be written none.
        self._context.counters.taken += max(len(records), events)
        if events > 0:
            self._spool.append(lines, events)

    def _collect_within(self, timeout_s: float) -> bool:
        if not self._guard.acquire(timeout=timeout_s):
            return False
        self._holder = threading.get_ident()
        self._held_since = time.monotonic()
        try:
            receipts, queued = self._intake.due()
            left = queued
            while left > 0 and (records := self._intake.take(min(left, _TAKEN_AT_ONCE))):
                left -= len(records)
                self.write(records)
        finally:
            self._holder = None
            self._held_since = inf
            self._guard.release()
        for receipt in receipts:
            receipt.set()
        self._stalled = False
        if queued > 0 or receipts:
            # A receipt is for a lifecycle event, which is sent at once.
            self._on_collected(bool(receipts))
        return True
