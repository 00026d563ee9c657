"""Events that the gateway refuses without a reason, set aside so that they hold up no others."""

from __future__ import annotations

import time
from collections.abc import Callable

from thunderline.client.spool.batch import Batch
from thunderline.client.spool.journal import Journal
from thunderline.client.spool.memory_journal import MemoryJournal


class Parking:
    """A journal of its own, tried again one event at a time, seldom. It makes no file while nothing is set aside."""

    def __init__(self) -> None:
        self._journal: Journal | MemoryJournal | None = None
        self._retry_at = 0.0

    @property
    def waiting(self) -> int:
        return self._journal.waiting if self._journal is not None else 0

    @property
    def waiting_bytes(self) -> int:
        return self._journal.waiting_bytes if self._journal is not None else 0

    @property
    def in_memory(self) -> int:
        """Events that are lost with the process."""
        return self._journal.waiting if isinstance(self._journal, MemoryJournal) else 0

    @property
    def journals(self) -> list[Journal]:
        return [self._journal] if isinstance(self._journal, Journal) else []

    def put(self, batch: Batch, create: Callable[[], Journal | None]) -> None:
        """Appends the events of a batch: to a new journal the first time, or to memory where there is none. Raises
        OSError where the disk does not take them."""
        if self._journal is None:
            self._journal = create() or MemoryJournal()
        self._journal.append(batch.body, batch.events)

    def lends(self, journal: object) -> bool:
        return journal is not None and journal is self._journal

    def due(self) -> Journal | MemoryJournal | None:
        """The journal, when its next event may be tried."""
        return self._journal if self.waiting > 0 and time.monotonic() >= self._retry_at else None

    def defer(self, retry_s: float) -> None:
        self._retry_at = time.monotonic() + retry_s
