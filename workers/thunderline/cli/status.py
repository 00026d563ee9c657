"""`python -m thunderline status`: lists the events that wait on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path

from thunderline.cli.amounts import as_age, as_size, counted
from thunderline.cli.waiting import WaitingJournal, find_waiting


def status(base: Path, *, as_json: bool = False) -> int:
    """Prints one line for each process that left or holds events, below the name of its gateway and key."""
    journals = find_waiting(base)
    if as_json:
        print(json.dumps([_described(journal) for journal in journals], indent=2))
        return 0
    if not journals:
        print(f"No event waits in {base}.")
        return 0
    now_s = time.time()
    for spool in dict.fromkeys(journal.spool for journal in journals):
        print(f"{base / spool}")
        _print_table([_row(journal, now_s) for journal in journals if journal.spool == spool])
    ended = [journal for journal in journals if not journal.alive]
    if ended:
        amount = counted(sum(journal.events for journal in ended), "event")
        processes = counted(len(ended), "ended process", "ended processes")
        print(f"{amount} of {processes} can be sent with `python -m thunderline sync`.")
    return 0


def _row(journal: WaitingJournal, now_s: float) -> list[str]:
    state = "running" if journal.alive else "ended"
    return [
        f"process {journal.pid or '?'}",
        state,
        counted(journal.events, "event"),
        as_size(journal.size),
        f"started {as_age(now_s - journal.started_s)} ago",
    ]


def _print_table(rows: Iterable[list[str]]) -> None:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _described(journal: WaitingJournal) -> dict[str, object]:
    return {
        "spool": journal.spool,
        "journal": journal.directory.name,
        "pid": journal.pid,
        "running": journal.alive,
        "events": journal.events,
        "bytes": journal.size,
        "started_s": journal.started_s,
    }
