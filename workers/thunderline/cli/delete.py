"""`python -m thunderline delete`: deletes events of ended processes that wait on disk."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from thunderline.cli.amounts import as_size, counted
from thunderline.cli.failure import Failure
from thunderline.cli.waiting import WaitingJournal, count_lines, find_waiting
from thunderline.client.spool.directory_lock import LOCK_FILE, DirectoryLock
from thunderline.client.spool.segment import SUFFIX


def delete(base: Path, spools: Sequence[str], *, confirmed: bool) -> int:
    """Deletes what ended processes left, of all gateways and keys or of those named; asks first unless confirmed.

    Events of a running process are never deleted. Raises Failure, before anything is deleted.
    """
    waiting = find_waiting(base)
    names = {Path(spool).name for spool in spools}
    unknown = names - {journal.spool for journal in waiting}
    if unknown:
        raise Failure(f"no event waits in {', '.join(sorted(unknown))}; `python -m thunderline status` lists the names")
    chosen = [journal for journal in waiting if not journal.alive and (not names or journal.spool in names)]
    if not chosen:
        print("There is nothing to delete: no ended process has left an event.")
        return 0
    if not confirmed and not _confirms(chosen):
        print("Nothing was deleted.")
        return 1
    deleted = sum(map(_remove, chosen))
    print(f"Deleted {counted(deleted, 'event')}.")
    return 0


def _confirms(journals: list[WaitingJournal]) -> bool:
    if not sys.stdin.isatty():
        raise Failure("there is no terminal to confirm on; pass --yes to delete without a question")
    events, size = sum(journal.events for journal in journals), sum(journal.size for journal in journals)
    processes = counted(len(journals), "ended process", "ended processes")
    question = f"Delete {counted(events, 'event')} ({as_size(size)}) of {processes}? [y/N] "
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _remove(journal: WaitingJournal) -> int:
    """Deletes one journal, unless a process has taken it over since it was listed. Returns the events deleted."""
    lock = DirectoryLock.acquire(journal.directory)
    if lock is None:
        return 0
    try:
        deleted = 0
        for path in journal.directory.glob(f"*{SUFFIX}"):
            deleted += count_lines(path)
            path.unlink()
        for unfinished in journal.directory.glob("*.tmp"):
            unfinished.unlink()
        (journal.directory / LOCK_FILE).unlink()
        journal.directory.rmdir()
    finally:
        lock.release()
    return deleted
