"""Every event that waits, wherever it waits."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from thunderline.client.notices import Notices
from thunderline.client.options import Options
from thunderline.client.spool.batch import Batch
from thunderline.client.spool.directory_lock import LOCK_FILE
from thunderline.client.spool.journal import Journal
from thunderline.client.spool.memory_journal import MemoryJournal
from thunderline.client.stats import Counters

AnyJournal = Journal | MemoryJournal

_SYNC_EVERY_S = 1.0
_DISK_RETRY_S = 30.0
_ABANDONED_AFTER_S = 3_600.0


class Spool:
    """Journals, sent from the oldest. The holder of the client's guard calls it, one thread at a time.

    No method raises OSError: what the disk refuses goes to memory, what it does not give back is counted as lost.
    """

    def __init__(self, root: Path | None, options: Options, counters: Counters, notices: Notices) -> None:
        self._root = root
        self._options = options
        self._segment_bytes = min(options.segment_bytes, max(1, options.max_spool_bytes // 8))
        self._counters = counters
        self._notices = notices
        self._adopted: list[Journal] = []
        self._own: Journal | None = None
        self._memory = MemoryJournal()
        self._lender: AnyJournal | None = None
        self._disk_retry_at = 0.0
        self._synced_at = 0.0
        self.appended = 0
        """Events ever appended."""

    @property
    def waiting(self) -> int:
        """Events of this process that wait."""
        return self._memory.waiting + (self._own.waiting if self._own else 0)

    @property
    def waiting_bytes(self) -> int:
        return self._disk_bytes() + self._memory.waiting_bytes

    @property
    def durable(self) -> bool:
        """Whether everything that waits is on disk."""
        return self._memory.waiting == 0

    @property
    def holds_adopted(self) -> bool:
        return bool(self._adopted)

    def append(self, lines: bytes, events: int) -> None:
        """Takes the lines of so many events, in order."""
        self.appended += events
        journal = self._journal()
        try:
            if journal is None:
                raise OSError("there is no spool directory")
            journal.append(lines, events)
            self._counters.add("spooled", events)
        except OSError as error:
            self._memory.append(lines, events)
            if journal is not None:
                self._notices.warn("disk", "The spool cannot be written (%s); events wait in memory.", error)
        self._keep_bounds()

    def peek(self, max_events: int, max_bytes: int) -> Batch | None:
        """The oldest events, lent until `settle` or `give_back`; None where nothing waits."""
        for journal in [*self._adopted, self._own, self._memory]:
            while journal is not None and (batch := journal.peek(max_events, max_bytes)) is not None:
                self._counters.lose("spool_damaged", batch.damaged)
                self._lender = journal
                if batch.events > 0:
                    return batch
                self.settle(batch)
        return None

    def settle(self, batch: Batch) -> None:
        """Forgets the batch that was lent: it is answered."""
        journal, self._lender = self._lender, None
        if journal is None:
            return
        journal.settle(batch)
        if isinstance(journal, Journal) and journal in self._adopted and journal.waiting_bytes == 0:
            self._adopted.remove(journal)
            journal.close()

    def give_back(self) -> None:
        """Keeps the batch that was lent, and puts what waits onto the disk: it may wait long."""
        if self._lender is not None:
            self._lender.give_back()
            self._lender = None
        self.sync()

    def sync(self) -> None:
        """Puts what waits onto the disk, at most once a second."""
        now = time.monotonic()
        if self._own is not None and now - self._synced_at >= _SYNC_EVERY_S:
            self._synced_at = now
            with suppress(OSError):
                self._own.sync()

    def adopt(self) -> None:
        """Takes over what dead processes left, oldest first."""
        with suppress(OSError):
            for path in sorted(self._root.iterdir()) if self._root and self._root.is_dir() else []:
                if path.name.startswith("."):
                    _sweep(path)
                elif self._own is None or path != self._own.directory:
                    journal = Journal.adopt(path, self._segment_bytes)
                    if journal is not None:
                        self._adopted.append(journal)
        self._keep_bounds()

    def disown(self) -> None:
        """Lets go of every file without touching it: for a forked child, whose parent goes on."""
        for journal in self._on_disk():
            journal.disown()

    def close(self) -> int:
        """Lets go of everything; what is on disk is for the next process. Returns how many events are lost."""
        for journal in self._on_disk():
            journal.close()
        lost = self._memory.waiting
        self._adopted, self._own, self._memory = [], None, MemoryJournal()
        return lost

    def _journal(self) -> Journal | None:
        if self._own is None and self._root is not None and time.monotonic() >= self._disk_retry_at:
            self._disk_retry_at = time.monotonic() + _DISK_RETRY_S
            try:
                self._own = Journal.create(self._root, self._segment_bytes)
            except OSError as error:
                self._notices.warn("disk", "There is no spool at %s (%s); events wait in memory.", self._root, error)
        return self._own

    def _on_disk(self) -> list[Journal]:
        return [*self._adopted, *([self._own] if self._own else [])]

    def _disk_bytes(self) -> int:
        return sum(journal.waiting_bytes for journal in self._on_disk())

    def _keep_bounds(self) -> None:
        while self._memory.waiting_bytes > self._options.max_memory_bytes and self._drop_from(self._memory):
            pass
        for journal in self._on_disk():
            while self._disk_bytes() > self._options.max_spool_bytes and self._drop_from(journal):
                pass

    def _drop_from(self, journal: AnyJournal) -> bool:
        try:
            metrics, damaged = journal.drop_oldest_metrics()
        except OSError as error:
            self._notices.warn("disk", "The spool cannot be cut to its bound (%s).", error)
            return False
        self._counters.lose("spool_full", metrics)
        self._counters.lose("spool_damaged", damaged)
        if metrics:
            self._notices.warn("spool_full", "The spool is full; the oldest metrics are dropped (see client.stats).")
        return metrics + damaged > 0


def _sweep(hidden: Path) -> None:
    """Removes what a process left that died while making its journal: an hour old, it has never held an event."""
    if time.time() - hidden.stat().st_mtime > _ABANDONED_AFTER_S:
        (hidden / LOCK_FILE).unlink(missing_ok=True)
        hidden.rmdir()
