"""The thread that takes events from the queue to the spool and from the spool to the gateway."""

from __future__ import annotations

import threading
import time
from collections import deque

from thunderline.client.delivery import Delivery
from thunderline.client.intake import Intake
from thunderline.client.line_encoder import LineEncoder
from thunderline.client.notices import Notices
from thunderline.client.options import Options
from thunderline.client.spool.spool import Spool
from thunderline.client.stats import Counters

_TAKEN_AT_ONCE = 1_000
_AFTER_A_FAULT_S = 1.0


class FlushRequest:
    """Someone waits until all that was enqueued before is answered for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.succeeded = False
        self.mark: int | None = None
        """How many events must be settled; unknown until the queue has been emptied once."""


class Sender:
    """Runs until it is told to stop; then sends what is left, until the deadline.

    `guard` covers whatever touches the spool. It is never held while the network is waited for, so that at the deadline
    another thread can take over and close the spool.
    """

    def __init__(
        self,
        intake: Intake,
        encoder: LineEncoder,
        spool: Spool,
        delivery: Delivery,
        options: Options,
        counters: Counters,
        notices: Notices,
    ) -> None:
        self._intake = intake
        self._encoder = encoder
        self._spool = spool
        self._delivery = delivery
        self._options = options
        self._counters = counters
        self._notices = notices
        self._guard = threading.RLock()
        self._flushes: deque[FlushRequest] = deque()
        self._deadline: float | None = None
        self._over = False
        self._adopt_at = 0.0
        self._collected_at = 0.0

    def run(self) -> None:
        """The body of the thread. Nothing ends it but `stop`: an unforeseen fault is logged once and waited out."""
        while not self._finished():
            try:
                self._turn()
            except Exception as error:
                self._notices.warn("sender", "The sender met a fault (%s: %s).", type(error).__name__, error)
                time.sleep(_AFTER_A_FAULT_S)
        self.end()

    def stop(self, deadline: float) -> None:
        """Asks the thread to send what is left until `deadline` (time.monotonic) and to end."""
        self._deadline = deadline
        self._delivery.hurry()
        self._intake.hurry()

    def request_flush(self) -> FlushRequest:
        request = FlushRequest()
        self._flushes.append(request)
        self._intake.hurry()
        return request

    def end(self, patience_s: float = -1) -> None:
        """Puts what is left where it can stay and lets go of it; from any thread, once. What has no place is lost."""
        if not self._guard.acquire(timeout=patience_s):
            return
        try:
            if not self._over:
                self._collect()
                self._over = True
                self._answer_flushes()
                self._counters.lose("unsent_at_exit", self._spool.close())
        finally:
            self._guard.release()

    def _turn(self) -> None:
        self._adopt_when_due()
        if self._deadline is None:
            self._intake.wait(self._idle_s())
            self._intake.linger(self._options.linger_s)
        elif self._delivery.due_in_s() > 0:
            self._intake.wait(min(self._delivery.due_in_s(), self._left_s()))
        self._housekeep()
        while self._delivery.due_in_s() <= 0 and self._left_s() > 0 and self._attempt():
            # Collecting after every request would make each next one as small as the last was fast.
            if time.monotonic() >= self._collected_at + self._options.linger_s:
                self._housekeep()

    def _attempt(self) -> bool:
        """One request. True: there may be more to send now."""
        with self._guard:
            batch = None if self._over else self._delivery.begin()
        if batch is None:
            return False
        verdict = self._delivery.exchange(batch, self._meanwhile)
        with self._guard:
            # Past the deadline another thread has closed the spool; the batch is on disk and will be sent again.
            if self._over:
                return False
            going_on = self._delivery.end(batch, verdict)
            self._answer_flushes()
            return going_on

    def _meanwhile(self) -> bool:
        """Goes on collecting while an answer is awaited; False: the deadline is past."""
        self._housekeep()
        return self._left_s() > 0

    def _housekeep(self) -> None:
        with self._guard:
            if self._over:
                return
            self._collect()
            if self._delivery.due_in_s() > 0:
                self._spool.sync()

    def _adopt_when_due(self) -> None:
        with self._guard:
            if not self._over and time.monotonic() >= self._adopt_at:
                self._adopt_at = time.monotonic() + self._options.adopt_every_s
                self._spool.adopt()

    def _collect(self) -> None:
        """From the queue to the spool, all that was there at the start."""
        self._collected_at = time.monotonic()
        asked = len(self._flushes)
        left = len(self._intake)
        while left > 0 and (records := self._intake.take(min(left, _TAKEN_AT_ONCE))):
            left -= len(records)
            self._counters.add("taken", len(records))
            lines, events = self._encoder.encode(records)
            if events > 0:
                self._spool.append(lines, events)
        for index in range(asked):
            if self._flushes[index].mark is None:
                self._flushes[index].mark = self._spool.appended
                self._delivery.hurry()
        self._answer_flushes()

    def _answer_flushes(self) -> None:
        settled = self._spool.appended - self._spool.waiting
        while self._flushes and self._flushes[0].mark is not None:
            request = self._flushes[0]
            request.succeeded = settled >= (request.mark or 0) and not self._spool.holds_adopted
            if not request.succeeded and not self._over:
                break
            self._flushes.popleft().done.set()

    def _finished(self) -> bool:
        if self._over:
            return True
        if self._deadline is None:
            return False
        if self._left_s() <= 0:
            return True
        nothing_left = self._spool.waiting_bytes == 0 and len(self._intake) == 0
        # Once a request has failed, what is on disk is better left to the next process than waited for.
        given_up = self._delivery.due_in_s() > 0 and self._spool.durable and len(self._intake) == 0
        return nothing_left or given_up

    def _idle_s(self) -> float:
        until_adoption_s = max(0.0, self._adopt_at - time.monotonic())
        if self._spool.waiting_bytes == 0:
            return until_adoption_s
        return min(until_adoption_s, self._delivery.due_in_s())

    def _left_s(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()
