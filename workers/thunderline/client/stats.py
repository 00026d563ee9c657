"""The counters of a client."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from thunderline.client.losses import LossCause

MAX_REJECTIONS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Rejection:
    """One event that the gateway rejected permanently."""

    code: str
    """A code of the gateway's error table, such as "missing_field"."""
    path: str
    """The place in the event, names joined by dots; empty for the event as a whole."""
    message: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stats:
    """The counters of one client in one process at one moment. All of them count since its start."""

    enqueued: int
    """Events that calls enqueued."""
    sent: int
    """Events put on the wire, counted again each time they are sent again."""
    accepted: int
    """Events the gateway acknowledged."""
    rejected: int
    """Events that the gateway rejected permanently."""
    retries: int
    """Requests that have to be made again."""
    spooled: int
    """Events written to disk."""
    artifacts_uploaded: int
    """Files that `upload_artifact` has stored."""
    artifacts_failed: int
    """Files that it gave up."""
    waiting: int
    """Events of this process not yet answered."""
    waiting_bytes: int
    """Bytes on disk or in memory that wait for the gateway, those adopted from dead processes included."""
    dropped: Mapping[LossCause, int]
    """Events lost, by cause (`thunderline.client.losses`)."""
    rejections: tuple[Rejection, ...]
    """The latest rejected events, at most 100."""


class Counters:
    """The counters behind `Stats`.

    The lock is reentrant, because a signal handler may log a metric while the thread it interrupted is counting.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._totals: Counter[str] = Counter()
        self._lost: Counter[LossCause] = Counter()
        self._rejections: deque[Rejection] = deque(maxlen=MAX_REJECTIONS_KEPT)
        self.taken = 0
        """Events taken from the queue. Only a holder of the client's guard counts here, and so without the lock."""
        self.spooled = 0
        """Events written to disk; counted in the same way."""

    def add(self, name: str, number: int = 1) -> None:
        with self._lock:
            self._totals[name] += number

    def lose(self, cause: LossCause, number: int = 1) -> None:
        if number > 0:
            with self._lock:
                self._lost[cause] += number

    def keep(self, rejection: Rejection) -> None:
        with self._lock:
            self._rejections.append(rejection)

    def lost_events(self) -> int:
        """Events lost after they were enqueued; values that no event can hold are not among them."""
        # A copy, which is atomic, instead of the lock: Ctrl-C may end a flush here, and the sender needs the lock.
        return sum(number for cause, number in dict(self._lost).items() if not cause.startswith("unusable"))

    def lost(self, cause: LossCause) -> int:
        return self._lost[cause]

    def snapshot(self, queued: int, waiting: int, waiting_bytes: int) -> Stats:
        """The counters, with the numbers that other parts keep: events in the queue, and events and bytes that wait
        after it."""
        with self._lock:
            totals, lost = Counter(self._totals), dict(self._lost)
            rejections = tuple(self._rejections)
        return Stats(
            enqueued=self.taken + queued + lost.get("queue_full", 0),
            sent=totals["sent"],
            accepted=totals["accepted"],
            rejected=totals["rejected"],
            retries=totals["retries"],
            spooled=self.spooled,
            artifacts_uploaded=totals["artifacts_uploaded"],
            artifacts_failed=totals["artifacts_failed"],
            waiting=waiting + queued,
            waiting_bytes=waiting_bytes,
            dropped=lost,
            rejections=rejections,
        )
