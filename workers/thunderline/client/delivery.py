"""Sends one batch at a time from the spool to the gateway."""

from __future__ import annotations

import http.client
import time
from typing import Protocol

from thunderline.client.answer import Answer, Doubtful, Later, Plainer, Refused, Settled, TooLarge, Verdict, judge
from thunderline.client.backoff import Backoff
from thunderline.client.batch_size import BatchSize
from thunderline.client.clock import Clock
from thunderline.client.context import Context
from thunderline.client.gateway import Unreachable
from thunderline.client.packing import pack
from thunderline.client.rejections import Rejections
from thunderline.client.spool.batch import Batch
from thunderline.client.spool.spool import Spool


class Post(Protocol):
    """Posts a body to the gateway and returns the answer; raises OSError or HTTPException where there is none."""

    def __call__(self, body: bytes, headers: dict[str, str]) -> Answer: ...


class Delivery:
    """Sends one batch in one request at a time, and decides when the next request may be made.

    `begin` and `end` use the spool and are called under the sender's guard; `exchange` uses the network and is called
    without it.
    """

    def __init__(self, spool: Spool, post: Post, context: Context, rejections: Rejections) -> None:
        options = context.options
        self._spool = spool
        self._post = post
        self._options = options
        self._counters = context.counters
        self._notices = context.notices
        self._trace = context.trace
        self._clock = Clock(context.notices)
        self._rejections = rejections
        self._size = BatchSize(options.max_batch_events)
        self._backoff = Backoff(options.backoff_base_s, options.backoff_cap_s)
        self._plain = False
        self._may_hurry = True
        self._due_at = 0.0
        self._tried_key: str | None = None
        self.api_key: str | None = None

    def due_in_s(self) -> float:
        """Seconds until the next request may be made; 0 is now."""
        return max(0.0, self._due_at - time.monotonic())

    def hurry(self) -> None:
        """Cuts a back-off short. A wait the gateway asked for is kept."""
        if self._may_hurry:
            self._due_at = 0.0

    def key_changed(self) -> None:
        """Asks again now, because a person changed the key."""
        self._due_at = 0.0

    def holds_a_batch(self) -> bool:
        """Whether so much waits that the next request would be full."""
        return self._spool.holds(self._size.events, self._options.max_batch_bytes)

    def begin(self) -> Batch | None:
        """The batch for the next request; None where nothing waits."""
        return self._spool.peek(self._size.events, self._options.max_batch_bytes)

    def exchange(self, batch: Batch) -> Verdict:
        """Makes the request. Raises only exceptions that end a thread, such as SystemExit."""
        try:
            self._tried_key = self.api_key
            body, headers = pack(batch.body, self._tried_key, self._options.compression_level, self._plain)
            self._counters.add("sent", batch.events)
            answer = self._post(body, {**headers, **self._clock.header(), **self._trace.headers()})
            self._clock.compare(answer.headers.get("date"))
            return judge(answer, batch.events)
        except Unreachable as error:
            return Later(f"no connection to {error}", None)
        except (OSError, http.client.HTTPException) as error:
            # The size may be the cause: a proxy that closes the connection, or a line too slow for the time-out.
            self._size.shrink(batch.events)
            return Later(f"{type(error).__name__}: {error}", None)
        except Exception as error:
            return Refused(f"{type(error).__name__}: {error}")

    def end(self, batch: Batch, verdict: Verdict) -> bool:
        """Acts on the verdict. True: the next request may be made at once."""
        if isinstance(verdict, TooLarge) and batch.events == 1:
            verdict = Settled(0, 1, (verdict.fault,))
        if isinstance(verdict, Settled):
            self._settle(batch, verdict)
            return True
        self._counters.add("retries")
        if isinstance(verdict, Doubtful):
            self._doubt(batch, verdict)
            return True
        self._spool.give_back()
        if isinstance(verdict, TooLarge):
            self._size.shrink(batch.events)
            return True
        if isinstance(verdict, Plainer) and not self._plain:
            self._plain = True
            return True
        if isinstance(verdict, Refused) and self._tried_key != self.api_key:
            return True
        self._wait(verdict)
        return False

    def _settle(self, batch: Batch, verdict: Settled) -> None:
        self._spool.settle(batch)
        self._trace.answered()
        self._size.succeeded()
        self._backoff.reset()
        self._counters.add("accepted", verdict.accepted)
        self._counters.add("rejected", verdict.rejected)
        self._rejections.report(batch, verdict)
        self._notices.over("gateway", "The gateway accepts events again.")

    def _doubt(self, batch: Batch, verdict: Doubtful) -> None:
        """Halves the batch until one event alone is refused, and sets that event aside."""
        if batch.events > 1:
            self._spool.give_back()
            self._size.shrink(batch.events)
            return
        self._spool.park(batch, self._options.refused_retry_s)
        self._size.succeeded()
        self._notices.warn(
            "parked", "The gateway refuses an event without a reason (%s); it is set aside and retried.", verdict.reason
        )

    def _wait(self, verdict: Later | Refused | Plainer) -> None:
        options = self._options
        self._may_hurry = False
        if isinstance(verdict, Later):
            reason = verdict.reason
            delay_s = self._backoff.next_s()
            if verdict.after_s is None:
                self._may_hurry = True
            else:
                # A wait of zero, or a date that has passed, is no invitation to a storm of requests.
                asked_s = self._backoff.spread_s(min(verdict.after_s, options.max_retry_after_s))
                delay_s = max(asked_s, delay_s)
        else:
            reason = verdict.reason if isinstance(verdict, Refused) else "HTTP 415"
            delay_s = self._backoff.spread_s(options.refused_retry_s)
        self._due_at = time.monotonic() + delay_s
        where = "on disk" if self._spool.durable else "in memory"
        self._notices.warn("gateway", "The gateway does not accept events (%s); they wait %s.", reason, where)
