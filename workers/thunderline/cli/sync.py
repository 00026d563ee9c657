"""`python -m thunderline sync`: sends the events that ended processes left on disk."""

from __future__ import annotations

import sys
from pathlib import Path

from thunderline.cli.amounts import counted
from thunderline.cli.progress import Progress
from thunderline.cli.transfer import Destination, transfer
from thunderline.cli.waiting import WaitingJournal, find_waiting, find_waiting_in
from thunderline.client.context import Context
from thunderline.client.options import Options
from thunderline.client.stats import Stats
from thunderline.client.target import UNADDRESSED, spool_root

EVENTS_LEFT = 1
EVENTS_REJECTED = 3


def sync(base: Path, destination: Destination, *, timeout_s: float, ca_bundle: Path | None = None) -> int:
    """Sends to one gateway what was logged for it under the given key, under no key, or offline without an address.

    Returns 0 if the gateway accepted everything, `EVENTS_LEFT` if events of ended processes are still on disk, and
    `EVENTS_REJECTED` if some were rejected permanently.
    """
    # Nothing is dropped to stay within a bound: the events are on disk already.
    options = Options(spool_dir=base, max_spool_bytes=2**62, ca_bundle=ca_bundle)
    context = Context(options)
    roots = _roots(base, destination)
    ended = [journal for root in roots for journal in find_waiting_in(root) if not journal.alive]
    total = sum(journal.events for journal in ended)
    progress = Progress(total, sys.stderr)
    reason = None
    try:
        for root in roots:
            if find_waiting_in(root) and reason is None:
                reason = transfer(root, destination, context, timeout_s, lambda: progress.show(_done(context)))
    finally:
        progress.end()
    left = [journal for root in roots for journal in find_waiting_in(root)]
    return _report(base, destination, context.counters.snapshot(0, 0, 0), left, reason)


def _roots(base: Path, destination: Destination) -> list[Path]:
    """The directories of the key and of no key, and those of programs that had no address while they were offline."""
    keys = [destination.api_key] if destination.api_key is None else [destination.api_key, None]
    return [spool_root(target, base, key) for target in (destination.target, UNADDRESSED) for key in keys]


def _done(context: Context) -> int:
    stats = context.counters.snapshot(0, 0, 0)
    return stats.accepted + stats.rejected


def _report(base: Path, destination: Destination, stats: Stats, left: list[WaitingJournal], reason: str | None) -> int:
    url = destination.target.url
    done = stats.accepted + stats.rejected
    ended, running = (sum(journal.events for journal in left if journal.alive is alive) for alive in (False, True))
    if done == 0 and ended == 0:
        print(f"No event of an ended process waits for {url}.")
    else:
        rejected = f"; {stats.rejected:,} rejected" if stats.rejected else ""
        print(f"Sent {counted(done, 'event')} to {url}: {stats.accepted:,} accepted{rejected}.")
    damaged = stats.dropped.get("spool_damaged", 0)
    if damaged:
        print(f"Skipped {counted(damaged, 'damaged line')}, cut off by a crash.")
    if running:
        print(f"{counted(running, 'event')} of running processes are left to those processes.")
    _report_others(base, destination)
    if ended:
        why = f" ({reason})" if reason else ""
        are = "is" if ended == 1 else "are"
        print(f"{counted(ended, 'event')} could not be sent and {are} still on disk{why}.", file=sys.stderr)
        return EVENTS_LEFT
    return EVENTS_REJECTED if stats.rejected else 0


def _report_others(base: Path, destination: Destination) -> None:
    roots = _roots(base, destination)
    others = sum(journal.events for journal in find_waiting(base) if journal.directory.parent not in roots)
    if others:
        print(
            f"{counted(others, 'event')} for other gateways or under other keys were not sent; "
            "`python -m thunderline status` lists them."
        )
