"""Everything behind the calls of one client in one process."""

from __future__ import annotations

import threading
import time

from thunderline.client import process_hooks
from thunderline.client.delivery import Delivery
from thunderline.client.event_ids import EventIds
from thunderline.client.gateway import Gateway
from thunderline.client.intake import Intake
from thunderline.client.line_encoder import LineEncoder
from thunderline.client.losses import LossCause
from thunderline.client.notices import Notices
from thunderline.client.options import Options
from thunderline.client.rejections import OnRejected, Rejections
from thunderline.client.sender import Sender
from thunderline.client.spool.spool import Spool
from thunderline.client.stats import Counters, Stats
from thunderline.client.target import Target, spool_root

_TAKE_OVER_S = 1.0


class Outbox:
    """Takes events at once and sends them later.

    It belongs to the process that made it: a forked child makes another and disowns this one. The thread starts with
    the first event, so that a client that is only passed on to workers never has one.
    """

    def __init__(
        self,
        target: Target,
        api_key: str | None,
        options: Options,
        on_rejected: OnRejected | None,
        counters: Counters,
        notices: Notices,
    ) -> None:
        self._options = options
        self._counters = counters
        self._notices = notices
        self.intake = Intake(options.max_queue_events, counters, self._start)
        """Where events are put."""
        root = spool_root(target, options.spool_dir) if options.spool_enabled else None
        self._spool = Spool(root, options, counters, notices)
        rejections = Rejections(counters, notices, on_rejected)
        self._gateway = Gateway(target, options)
        self._delivery = Delivery(self._spool, self._gateway.post, options, counters, notices, rejections)
        self._delivery.api_key = api_key
        encoder = LineEncoder(EventIds(), self._lose)
        self._sender = Sender(self.intake, encoder, self._spool, self._delivery, options, counters, notices)
        self._starting = threading.RLock()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def stats(self) -> Stats:
        return self._counters.snapshot(len(self.intake), self._spool.waiting, self._spool.waiting_bytes)

    def set_api_key(self, api_key: str | None) -> None:
        """Uses another key from the next request on, which is made at once."""
        self._delivery.api_key = api_key
        self._delivery.key_changed()
        self.intake.hurry()

    def flush(self, timeout_s: float) -> bool:
        """Waits until all that was put before is answered for, what dead processes left included. False: it is not."""
        if self._closed:
            return False
        if self._thread is None:
            self._start()
        request = self._sender.request_flush()
        return request.done.wait(timeout_s) and request.succeeded

    def begin_close(self, deadline: float) -> None:
        """Takes nothing more and asks the thread to end by `deadline` (time.monotonic). Returns at once."""
        self._closed = True
        self.intake.close()
        self._sender.stop(deadline)

    def finish_close(self, deadline: float) -> None:
        """Waits for the thread until `deadline`; if it hangs in the network even then, does its last work for it."""
        thread = self._thread
        if thread is threading.current_thread():
            return
        if thread is None or not thread.is_alive():
            # There never was a thread: nothing was enqueued, or the interpreter had stopped giving out threads.
            if len(self.intake) > 0:
                self._run()
        else:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                self._sender.end(_TAKE_OVER_S)
        self._report_unsent()

    def disown(self) -> None:
        """Lets go of the parent's files in a forked child."""
        self._closed = True
        self.intake.close()
        self._spool.disown()

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None or self._closed:
                return
            process_hooks.close_at_exit(self, self._options.exit_timeout_s)
            # The thread keeps the outbox alive, and with it its place in the list of what the exit waits for.
            thread = threading.Thread(target=self._run, name="thunderline-sender", daemon=True)
            self._thread = thread
            try:
                thread.start()
            except RuntimeError as error:
                self._notices.warn("thread", "The sender thread cannot start (%s); events are sent at exit.", error)

    def _run(self) -> None:
        self._sender.run()
        self._gateway.close()

    def _report_unsent(self) -> None:
        unsent = self._counters.lost("unsent_at_exit")
        if unsent:
            self._notices.warn("unsent", "%d events could not be sent before the end.", unsent)

    def _lose(self, cause: LossCause, what: str) -> None:
        self._counters.lose(cause)
        self._notices.once(what[:100], "This cannot be sent and is left out: %s", what)
