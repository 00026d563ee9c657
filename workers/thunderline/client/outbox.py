"""The delivery of one client in one process, from its calls to the gateway."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from thunderline.client import process_hooks
from thunderline.client.collector import Collector
from thunderline.client.context import Context
from thunderline.client.deferred_signals import DeferredSignals
from thunderline.client.delivery import Delivery
from thunderline.client.event_ids import EventIds
from thunderline.client.gateway import Gateway
from thunderline.client.intake import Intake
from thunderline.client.line_encoder import LineEncoder
from thunderline.client.losses import LossCause
from thunderline.client.records import Lifecycle, Record
from thunderline.client.rejections import OnRejected, Rejections
from thunderline.client.sender import Sender
from thunderline.client.spool.spool import Spool
from thunderline.client.stats import Stats
from thunderline.client.target import Target, spool_root
from thunderline.client.threads import Threads
from thunderline.client.values import LONGEST_S

_TAKE_OVER_S = 1.0
_COLLECTOR = "collector"
_SENDER = "sender"


class Outbox:
    """Takes events at once and sends them later.

    It belongs to the process that made it: a forked child makes another one and disowns this one. Its two threads, the
    collector and the sender, start with the first event, so that a client that is only passed on to workers has none.
    Where the interpreter starts no threads, the calling threads write the events, and `flush` and the end of the
    process send them. With `sends` False the events stay in the spool.
    """

    def __init__(
        self,
        target: Target,
        api_key: str | None,
        context: Context,
        on_rejected: OnRejected | None,
        *,
        sends: bool = True,
    ) -> None:
        options = context.options
        self._context = context
        self._sends = sends
        self.target = target if sends else None
        """The gateway; None where nothing is sent."""
        self.intake = Intake(options.max_queue_events, context.counters, self._start, self._relieve, self._put_late)
        """The queue that the calls put events into."""
        self._guard = threading.Lock()
        self._spool = Spool(self._root(target, api_key), context)
        self._rejections = Rejections(context, on_rejected)
        self._gateway = Gateway(target, options)
        self._delivery = Delivery(self._spool, self._gateway.post, context, self._rejections)
        self._delivery.api_key = api_key
        self._sender = Sender(self._spool, self._delivery, self._guard, context)
        encoder = LineEncoder(EventIds(), self._lose)
        self._collector = Collector(
            self.intake, encoder, self._spool, self._guard, context, self._sender.notify if sends else lambda _: None
        )
        self._threads = Threads(context.notices)
        self._starting = threading.RLock()
        self._started = False
        self._closed = False
        self._ended = False
        self._exit_deadline: float | None = None
        self._lost_at_flush = 0

    @property
    def stats(self) -> Stats:
        return self._context.counters.snapshot(len(self.intake), self._spool.waiting, self._spool.waiting_bytes)

    def put_lifecycle(self, record: Lifecycle) -> None:
        """Takes a lifecycle event, which is in the spool when this returns, unless the disk hangs."""
        with DeferredSignals():
            receipt = self.intake.put_lifecycle(record)
            # A handler that a call deferred does not wait: its next signal may be sooner than the disk.
            if receipt is not None and self._threads.run(_COLLECTOR) and not DeferredSignals.calls_handlers():
                self._collector.await_written(receipt)

    def set_api_key(self, api_key: str | None) -> None:
        """Uses another key from the next request on, which is made at once."""
        self._delivery.api_key = api_key
        self._delivery.key_changed()
        self._sender.hurry()

    def flush(self, timeout_s: float) -> bool:
        """Waits for an answer to every event enqueued before, and to those that dead processes left.

        False: some have none, or events were lost since the last flush. Without a sender it returns whether all of them
        are on disk.
        """
        if self._closed:
            return False
        deadline = time.monotonic() + timeout_s
        self._start()
        lost = self._context.counters.lost_events()
        complete = lost == self._lost_at_flush
        self._lost_at_flush = lost
        if not self._collector.collect(timeout_s):
            return False
        if not self._sends:
            return complete and self._spool.durable
        with DeferredSignals(), self._guard:
            request = self._sender.request_flush()
        self._sender.hurry()
        if not self._threads.started(_SENDER):
            self._sender.serve(request, deadline)
        done = request.done.wait(max(0.0, deadline - time.monotonic())) and request.succeeded
        self._rejections.await_calls(deadline - time.monotonic())
        self._lost_at_flush = self._context.counters.lost_events()
        return done and complete and self._lost_at_flush == lost

    def close(self, deadline: float) -> None:
        """Sends the remaining events until `deadline` (time.monotonic) and stops. The end of the process then waits no
        more."""
        with DeferredSignals():
            process_hooks.forget(self)
            self._exit_deadline = None
            self.begin_close(deadline)
        self.finish_close(deadline)

    def close_at_exit(self, deadline: float) -> None:
        """`begin_close` for the end of the process: events of exit handlers that run later are still written."""
        self._exit_deadline = deadline
        self.begin_close(deadline)

    def begin_close(self, deadline: float) -> None:
        """Takes no more events, writes the queue to the spool, and asks the threads to end by `deadline`."""
        self._closed = True
        self.intake.close()
        self._collector.stop()
        # Before the sender is stopped: it ends as soon as the spool is empty.
        self._collector.collect(_TAKE_OVER_S)
        self._sender.stop(deadline)

    def finish_close(self, deadline: float) -> None:
        """Waits for the threads until `deadline`; if the sender hangs in the network even then, closes the spool."""
        if self._threads.include_caller() or self._ended:
            return
        self._threads.join(deadline)
        if self._started and self._sends and not self._threads.started(_SENDER):
            self._sender.run()
        self._end(_TAKE_OVER_S)
        self._rejections.await_calls(deadline - time.monotonic())
        self._report_losses()

    def disown(self) -> None:
        """Releases the parent's files in a forked child."""
        self._closed = True
        self.intake.close()
        self._spool.disown()

    def _root(self, target: Target, api_key: str | None) -> Path | None:
        options = self._context.options
        if not options.spool_enabled:
            return None
        try:
            return spool_root(target, options.spool_dir, api_key)
        except (RuntimeError, OSError) as error:
            self._context.notices.warn("disk", "There is no place for a spool (%s); events wait in memory.", error)
            return None

    def _start(self) -> bool:
        """Starts the threads, once. Whether one of them takes records."""
        with DeferredSignals(), self._starting:
            if not self._started and not self._closed:
                self._started = True
                process_hooks.close_at_exit(self, self._context.options.exit_timeout_s)
                # A thread keeps the outbox alive, and with it its place among the objects that the exit waits for.
                sender = {_SENDER: self._send} if self._sends else {}
                self._threads.start({_COLLECTOR: self._collector.run, **sender})
            return self._threads.run(_COLLECTOR)

    def _send(self) -> None:
        self._sender.run()
        self._gateway.close()
        if self._closed:
            # This thread is the last one of a client that was dropped without a close.
            self._collector.collect(LONGEST_S)
            self._end(-1)

    def _relieve(self) -> None:
        self._collector.relieve()

    def _put_late(self, record: Record) -> bool:
        """Writes an event of an exit handler that runs after this client's own, and sends it in what is left of the
        time for the exit. False: the program closed the client."""
        if self._exit_deadline is None:
            self._context.notices.warn("closed", "An event after the close of its client is lost, as are later ones.")
            return False
        with DeferredSignals():
            if not self._guard.acquire(timeout=_TAKE_OVER_S):
                return False
            try:
                self._spool.reopen()
                self._collector.write([record])
            finally:
                self._guard.release()
        if self._sends and not self._threads.any_run():
            self._sender.drain(self._exit_deadline)
        with DeferredSignals(), self._guard:
            self._context.counters.lose("unsent_at_exit", self._spool.close())
        return True

    def _end(self, timeout_s: float) -> None:
        """Closes the spool, once, from whichever thread is first."""
        with DeferredSignals():
            if not self._guard.acquire(timeout=timeout_s):
                return
            try:
                if not self._ended:
                    self._ended = True
                    self._sender.end()
                    self._rejections.stop()
                    self._context.counters.lose("unsent_at_exit", self._spool.close())
            finally:
                self._guard.release()

    def _report_losses(self) -> None:
        """One line at the end of a client that lost something or had something rejected."""
        stats = self.stats
        lost = ", ".join(f"{number} {cause}" for cause, number in stats.dropped.items())
        if lost or stats.rejected:
            self._context.notices.warn(
                "summary",
                "Of %d events %d were accepted, %d rejected, %d wait on disk; lost: %s.",
                *(stats.enqueued, stats.accepted, stats.rejected, stats.waiting, lost or "none"),
            )

    def _lose(self, cause: LossCause, what: str) -> None:
        self._context.counters.lose(cause)
        self._context.notices.once(what[:100], "An event cannot be sent and is left out: %s", what)
