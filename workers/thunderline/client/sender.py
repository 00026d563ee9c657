"""The thread that sends events from the spool to the gateway."""

from __future__ import annotations

import threading
import time
from collections import deque

from thunderline.client.bell import Bell
from thunderline.client.context import Context
from thunderline.client.delivery import Delivery
from thunderline.client.spool.spool import Spool

_AFTER_A_FAULT_S = 1.0


class FlushRequest:
    """A caller that waits until every event up to a mark is answered."""

    def __init__(self, mark: int) -> None:
        self.mark = mark
        self.done = threading.Event()
        self.succeeded = False


class Sender:
    """Runs until it is stopped, and then sends the remaining events until the deadline.

    `guard` protects the spool. It is never held while this thread waits for the network, so that another thread can
    close the spool at the deadline.
    """

    def __init__(self, spool: Spool, delivery: Delivery, guard: threading.Lock, context: Context) -> None:
        self._spool = spool
        self._delivery = delivery
        self._guard = guard
        self._context = context
        self._bell = Bell()
        self._flushes: deque[FlushRequest] = deque()
        self._deadline: float | None = None
        self._serving = threading.Lock()
        self._over = False
        self._adopt_at = 0.0
        # The time at which the events that wait are sent; None while none has arrived since the last request.
        self._send_at: float | None = None

    def run(self) -> None:
        """The body of the thread. Only `stop` ends it: an unexpected error is logged once, and it continues."""
        while not self._finished():
            self._turn()

    def notify(self, urgent: bool) -> None:
        """New events are in the spool: they are sent at once if urgent, else within `linger_s`."""
        if urgent:
            self.hurry()
        elif self._send_at is None:
            self._send_at = time.monotonic() + self._context.options.linger_s
            self._bell.ring()

    def hurry(self) -> None:
        """Sends the waiting events now: cuts a back-off short, but keeps a wait that the gateway asked for."""
        self._delivery.hurry()
        self._send_at = 0.0
        self._bell.ring()

    def stop(self, deadline: float) -> None:
        """Sends what is left until `deadline` (time.monotonic), and ends. Returns at once."""
        self._deadline = deadline
        self.hurry()

    def request_flush(self) -> FlushRequest:
        """Asks for an answer to everything in the spool; the caller holds the guard."""
        request = FlushRequest(self._spool.appended)
        self._flushes.append(request)
        return request

    def end(self) -> None:
        """Sends no more, not even the batch that is on its way; the caller holds the guard."""
        self._over = True
        self._answer_flushes()

    def drain(self, deadline: float) -> None:
        """Sends the waiting events from the calling thread, until the deadline or the first failure."""
        self._deadline = deadline
        self._over = False
        while self._delivery.due_in_s() <= 0 and self._left_s() > 0 and self._attempt():
            pass

    def serve(self, request: FlushRequest, deadline: float) -> None:
        """Does the work of the thread on the calling thread, where none could start, until the request is answered or
        the deadline."""
        # One caller at a time sends. Another one waits for it, and for its own request.
        if not self._serving.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        try:
            self._deadline = deadline
            while not request.done.is_set() and self._left_s() > 0:
                self._turn()
        finally:
            self._deadline = None
            self._serving.release()

    def _turn(self) -> None:
        try:
            self._send_or_wait()
        except Exception as error:
            self._context.notices.warn("sender", "Sending failed (%s: %s).", type(error).__name__, error)
            time.sleep(min(_AFTER_A_FAULT_S, max(0.0, self._left_s())))

    def _send_or_wait(self) -> None:
        self._adopt_when_due()
        wait_s = self._wait_s()
        if wait_s > 0:
            self._bell.wait(min(wait_s, self._left_s()))
            return
        self._send_at = None
        while self._delivery.due_in_s() <= 0 and self._left_s() > 0 and self._attempt():
            if self._send_at != 0.0 and self._deadline is None and not self._holds_a_batch():
                # The few events that arrived meanwhile are worth a request in `linger_s`, not now.
                break
        with self._guard:
            if self._send_at is None and not self._over and self._spool.sendable_bytes > 0:
                self._send_at = time.monotonic() + self._context.options.linger_s
            self._answer_flushes()

    def _attempt(self) -> bool:
        """One request. True: there may be more to send now."""
        with self._guard:
            batch = None if self._over else self._delivery.begin()
        if batch is None:
            return False
        verdict = self._delivery.exchange(batch)
        with self._guard:
            # Past the deadline another thread has closed the spool; the batch is on disk and will be sent again.
            if self._over:
                return False
            goes_on = self._delivery.end(batch, verdict)
            self._answer_flushes()
        return goes_on

    def _holds_a_batch(self) -> bool:
        with self._guard:
            return self._delivery.holds_a_batch()

    def _adopt_when_due(self) -> None:
        with self._guard:
            if not self._over and (time.monotonic() >= self._adopt_at or self._spool.wants_adoption):
                self._adopt_at = time.monotonic() + self._context.options.adopt_every_s
                self._spool.adopt()
                if self._spool.holds_adopted and self._send_at is None:
                    self._send_at = 0.0
                self._answer_flushes()

    def _answer_flushes(self) -> None:
        settled = self._spool.appended - self._spool.waiting
        while self._flushes:
            request = self._flushes[0]
            request.succeeded = (
                settled >= request.mark and not self._spool.holds_adopted and not self._spool.wants_adoption
            )
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
        with self._guard:
            # After a failed request the events on disk are left to the next process.
            given_up = self._delivery.due_in_s() > 0 and self._spool.durable
            return self._spool.sendable_bytes == 0 or given_up

    def _wait_s(self) -> float:
        now = time.monotonic()
        until_adoption_s = max(0.0, self._adopt_at - now)
        if self._send_at is None:
            return until_adoption_s
        return min(until_adoption_s, max(self._delivery.due_in_s(), self._send_at - now))

    def _left_s(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()
