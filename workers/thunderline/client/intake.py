"""The bounded queue between the calls and the collector thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from threading import Event
from typing import Final

from thunderline.client.bell import Bell
from thunderline.client.records import Lifecycle, MetricPoint, Record
from thunderline.client.stats import Counters

_BUSY: Final = 0
_LINGERING: Final = 1
_ASLEEP: Final = 2

_NEVER_CALM: Final = -1


class Intake:
    """Many threads put records in, and one at a time takes them out.

    A put takes no lock: `deque.append` is atomic, and the bell is reentrant, so that a signal handler may log while the
    thread it interrupted is logging.
    """

    def __init__(
        self,
        capacity: int,
        counters: Counters,
        on_first: Callable[[], bool],
        on_full: Callable[[], None] = lambda: None,
        on_late: Callable[[Record], bool] = lambda _: False,
    ) -> None:
        """`on_first` is called with the first record; again where several threads are first at once. False: no thread
        takes records, and `on_full` is called for each. `on_full` is called by a thread whose record is over the
        capacity, to make room. `on_late` is offered each record that comes after the close; False counts it as lost.
        """
        self._records: deque[Record] = deque()
        # With more records than this in the queue a put has more to do than to add one: see `_attend`. One comparison
        # is all that a put costs otherwise. A training loop leaves none of this in the caches between two calls, so
        # each object that a call looks at costs it time.
        self._calm: int = _NEVER_CALM
        self._capacity = capacity
        self._half = max(capacity // 2, 1)
        self._counters = counters
        # Lifecycle events that the overflow met: older than all of `_records`.
        self._spared: deque[Lifecycle] = deque()
        self._receipts: deque[Event] = deque()
        self._bell = Bell()
        self._state: int = _ASLEEP
        self._urgent = False
        self._on_first = on_first
        self._on_full = on_full
        self._on_late = on_late
        self._flowing = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._records) + len(self._spared)

    def put_metric(self, point: MetricPoint) -> None:
        """Takes a metric; where the queue stays full the oldest metric in it is dropped and counted."""
        records = self._records
        records.append(point)
        if len(records) > self._calm:
            self._attend()

    def put_lifecycle(self, record: Lifecycle) -> Event | None:
        """Takes a lifecycle event and wakes the collector. The result is set once the event is in the spool; None: it
        went another way.
        """
        self._records.append(record)
        if not self._flowing and not self._begin():
            return None
        receipt = Event()
        self._receipts.append(receipt)
        self.hurry()
        return receipt

    def close(self) -> None:
        """Takes no more records; later ones are offered to `on_late`, else counted as lost."""
        self._closed = True
        self._flowing = False
        self._calm = _NEVER_CALM

    def hurry(self) -> None:
        """Ends the wait or linger of the collector, now or the next one."""
        self._urgent = True
        if self._state != _BUSY:
            self._bell.ring()

    def wait(self, timeout_s: float) -> None:
        """Blocks the collector until there is something to take, something urgent, or the time is over."""
        self._calm = _NEVER_CALM
        self._sleep(_ASLEEP, timeout_s, ready=False)
        self._calm = self._half - 1
        if self._closed:
            self._calm = _NEVER_CALM

    def linger(self, timeout_s: float) -> bool:
        """Blocks the collector for more to arrive; something urgent or half a queue ends it. While metrics keep coming
        it is woken for nothing else: each time it wakes, the training loop hands over the interpreter's lock. Returns
        whether there is something to take, or a receipt whose record was taken before the receipt was there."""
        self._sleep(_LINGERING, timeout_s, ready=len(self._records) >= self._half)
        self._urgent = False
        return bool(self._records or self._spared or self._receipts)

    def due(self) -> tuple[list[Event], int]:
        """The receipts of the lifecycle events in the queue, and of no later ones, and how many records it holds."""
        taken: list[Event] = []
        while self._receipts:
            taken.append(self._receipts.popleft())
        return taken, len(self._records) + len(self._spared)

    def take(self, limit: int) -> list[Record]:
        """Up to `limit` of the oldest records."""
        taken: list[Record] = []
        while self._spared and len(taken) < limit:
            taken.append(self._spared.popleft())
        try:  # noqa: SIM105  # `suppress` is three calls more, which the training loop waits for.
            # One call, which keeps what it took where the queue turns out to be shorter.
            taken.extend(islice(iter(self._records.popleft, None), limit - len(taken)))
        except IndexError:
            pass
        return taken

    def _sleep(self, state: int, timeout_s: float, ready: bool) -> None:
        self._bell.silence()
        self._state = state
        # A put after this line sees the state and rings; a record put before it is seen here.
        if not (ready or self._urgent or (state == _ASLEEP and (self._records or self._spared))):
            self._bell.wait(timeout_s)
        self._state = _BUSY

    def _attend(self) -> None:
        """The rest of a put, after its metric is added, where the collector sleeps, or lags, or is not there."""
        if not self._flowing and not self._begin():
            return
        length = len(self._records)
        if self._state == _ASLEEP or length == self._half:
            self._bell.ring()
        if length > self._capacity:
            self._make_room()

    def _begin(self) -> bool:
        """False: the newest record is dealt with."""
        if self._closed:
            self._refuse_newest()
            return False
        if self._on_first():
            self._flowing = not self._closed
            return True
        self._make_room()
        return False

    def _refuse_newest(self) -> None:
        # It is not there where the collector, closing, has taken it: then it is not late.
        with suppress(IndexError):
            if not self._on_late(self._records.pop()):
                self._counters.lose("closed")

    def _make_room(self) -> None:
        self._on_full()
        if len(self._records) > self._capacity:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        with suppress(IndexError):
            oldest = self._records.popleft()
            if isinstance(oldest, Lifecycle):
                self._spared.append(oldest)
            else:
                self._counters.lose("queue_full")
