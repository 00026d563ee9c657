"""The events that wait for the gateway, on disk and in memory."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from thunderline.client.context import Context
from thunderline.client.spool.adoption import Adoption
from thunderline.client.spool.batch import Batch
from thunderline.client.spool.bounds import Bounds
from thunderline.client.spool.journal import Journal
from thunderline.client.spool.journal_source import JournalSource
from thunderline.client.spool.memory_journal import MemoryJournal
from thunderline.client.spool.parking import Parking
from thunderline.client.spool.segment import Vanished

AnyJournal = Journal | MemoryJournal

_SYNC_EVERY_S = 1.0
_UNREADABLE_RETRY_S = 5.0


class Spool:
    """Journals, sent from the oldest. The holder of the client's guard calls it, one thread at a time.

    No method raises OSError: events that the disk refuses go to memory, and back to the disk once it takes them; a file
    that cannot be read is tried again; only damaged content is counted as lost.
    """

    def __init__(self, root: Path | None, context: Context) -> None:
        options = context.options
        self._root = root
        self._options = options
        self._counters = context.counters
        self._notices = context.notices
        segment_bytes = min(options.segment_bytes, max(1, options.max_spool_bytes // 8))
        self._source = JournalSource(root, segment_bytes, context.notices)
        self._adoption = None if root is None else Adoption(root, segment_bytes)
        self._adopted: list[Journal] = []
        self._own: Journal | None = None
        self._memory = MemoryJournal()
        self._parking = Parking()
        self._bounds = Bounds(context)
        self._lender: AnyJournal | None = None
        self._synced_at = 0.0
        self._left_waiting = self._left_bytes = 0
        # Bytes that may be appended before a bound can be passed; events that are sent only make it more.
        self._room = 0
        self.appended = 0
        """Events ever appended."""

    @property
    def waiting(self) -> int:
        """Events of this process that wait; after the close those that it left on disk."""
        own = self._own.waiting if self._own else 0
        return self._memory.waiting + own + self._parking.waiting + self._left_waiting

    @property
    def waiting_bytes(self) -> int:
        return self._disk_bytes() + self._memory.waiting_bytes + self._parking.waiting_bytes + self._left_bytes

    @property
    def sendable_bytes(self) -> int:
        """Bytes that wait, without the events that are set aside."""
        return self._disk_bytes() + self._memory.waiting_bytes

    @property
    def durable(self) -> bool:
        """Whether everything that waits is on disk."""
        return self._memory.waiting == 0

    @property
    def holds_adopted(self) -> bool:
        return bool(self._adopted)

    @property
    def wants_adoption(self) -> bool:
        """Whether more journals of dead processes are left than were adopted at once."""
        return self._adoption is not None and self._adoption.incomplete and len(self._adopted) < 2

    def holds(self, events: int, size: int) -> bool:
        """Whether a batch of so many events or bytes would be full."""
        return self.holds_adopted or self.waiting >= events or self.sendable_bytes >= size

    def append(self, lines: bytes, events: int) -> None:
        """Takes the lines of so many events, in order."""
        self.appended += events
        self._room -= len(lines)
        self._write(lines, events)
        if self._room < 0:
            self._keep_bounds()

    def peek(self, max_events: int, max_bytes: int) -> Batch | None:
        """The oldest events, lent until `settle` or `give_back`; None where nothing can be sent now."""
        for journal in [self._parking.due(), *self._adopted, self._own, self._memory]:
            if journal is None or not journal.readable():
                continue
            try:
                # An event that was set aside is tried alone.
                batch = self._lend(journal, 1 if self._parking.lends(journal) else max_events, max_bytes)
            except OSError as error:
                # Too many open files, a stale handle, a failing disk: the content may be whole.
                journal.defer(_UNREADABLE_RETRY_S)
                self._notices.warn("unreadable", "A spool file cannot be read (%s); retrying.", error)
                continue
            if batch is not None:
                return batch
        return None

    def settle(self, batch: Batch) -> None:
        """Removes the batch that was lent: it is answered."""
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

    def park(self, batch: Batch, retry_s: float) -> None:
        """Sets the batch that was lent aside for so many seconds, on disk where there is one."""
        try:
            self._parking.put(batch, self._source.create)
        except OSError:
            self.give_back()
            return
        if self._lender in self._adopted:
            # From now on it counts among the events of this process.
            self.appended += batch.events
        self.settle(batch)
        self._parking.defer(retry_s)

    def sync(self) -> None:
        """Puts what waits onto the disk, at most once a second."""
        now = time.monotonic()
        if self._own is not None and now - self._synced_at >= _SYNC_EVERY_S:
            self._synced_at = now
            with suppress(OSError):
                self._own.sync()

    def adopt(self) -> None:
        """Takes over what dead processes left, oldest first."""
        if self._adoption is not None:
            self._adopted += self._adoption.search([*self._adopted, *self._parking.journals], self._own)
        self._keep_bounds()

    def disown(self) -> None:
        """Closes every file without changing it: for a forked child, whose parent continues to use it."""
        for journal in self._on_disk():
            journal.disown()

    def close(self) -> int:
        """Releases everything; events on disk are for the next process. Returns how many events are lost."""
        if self._own is not None and self._own.vanished():
            self._rescue(self._own)
        if self._memory.waiting > 0:
            self._source.hurry()
            self._save_memory()
        lost = self._memory.waiting + self._parking.in_memory
        self._left_bytes = self.waiting_bytes - self._memory.waiting_bytes
        self._left_waiting = self.waiting - lost
        for journal in self._on_disk():
            journal.close()
        self._adopted, self._own, self._memory, self._parking = [], None, MemoryJournal(), Parking()
        return lost

    def reopen(self) -> None:
        """Takes events again after a close. Those that the close left on disk count as waiting no longer."""
        self._left_waiting = self._left_bytes = 0

    def _lend(self, journal: AnyJournal, max_events: int, max_bytes: int) -> Batch | None:
        while (batch := journal.peek(max_events, max_bytes)) is not None:
            self._counters.lose("spool_damaged", batch.damaged)
            self._lender = journal
            if batch.events > 0:
                return batch
            self.settle(batch)
        return None

    def _write(self, lines: bytes, events: int) -> None:
        journal = self._own or self._journal()
        if journal is None:
            self._memory.append(lines, events)
            return
        try:
            journal.append(lines, events)
            self._counters.spooled += events
        except Vanished:
            self._rescue(journal)
            self._write(lines, events)
            return
        except OSError as error:
            self._memory.append(lines, events)
            self._notices.warn("disk", "The spool cannot be written (%s); events wait in memory.", error)
            return
        if "disk" in self._notices.conditions:
            self._save_memory()
            if self._memory.waiting == 0:
                self._notices.over("disk", "The spool can be written again.")

    def _save_memory(self) -> None:
        """Moves the events to the disk that waited in memory while the disk refused them."""
        journal, content = self._journal(), self._memory.content()
        if journal is None or not content:
            return
        with suppress(OSError):
            events = content.count(b"\n")
            journal.append(content, events)
            self._counters.spooled += events
            self._memory.forget()
            self._room -= len(content)

    def _rescue(self, journal: Journal) -> None:
        """Writes the events that the open file of the removed journal still holds into a new journal."""
        self._own = None
        content, lost = journal.rescue()
        self._counters.lose("spool_damaged", lost)
        self._notices.warn("vanished", "The spool at %s was removed while in use; it is created again.", self._root)
        if self._lender is journal:
            self._lender = None
        self._source.hurry()
        if content:
            self._write(content, content.count(b"\n"))

    def _journal(self) -> Journal | None:
        self._own = self._own or self._source.create_when_due()
        return self._own

    def _on_disk(self) -> list[Journal]:
        return [*self._adopted, *self._parking.journals, *([self._own] if self._own else [])]

    def _disk_bytes(self) -> int:
        own = self._own.waiting_bytes if self._own else 0
        return own + sum(journal.waiting_bytes for journal in self._adopted)

    def _keep_bounds(self) -> None:
        memory, options = self._memory, self._options
        self._room = min(
            self._bounds.keep(lambda: [memory], lambda: memory.waiting_bytes, options.max_memory_bytes),
            self._bounds.keep(self._on_disk, self._disk_bytes, options.max_spool_bytes),
        )
