"""Takes the metrics out of a segment and keeps its lifecycle events."""

from __future__ import annotations

import os
from pathlib import Path

from thunderline.client.spool.segment import Segment


def compact(segments: list[Segment], segment: Segment, before: Segment | None, max_bytes: int) -> tuple[int, int]:
    """Replaces `segment` in `segments` by its lifecycle events; returns how many metric and damaged lines went.

    They join those of the segment before it, where that one holds nothing else, so that an outage of days does not
    leave a file for every megabyte that was dropped. A crash at any point leaves each lifecycle event at least once:
    the new file takes the place of the older segment in one step, before the newer one is removed. Raises OSError; then
    nothing has changed.
    """
    kept, metrics, damaged = segment.lifecycle_lines()
    if not metrics and not damaged:
        segment.may_hold_metrics = False
        return 0, 0
    joins = (
        before is not None and not before.may_hold_metrics and before.waiting_bytes + len(b"".join(kept)) < max_bytes
    )
    if before is not None and joins:
        earlier, _, _ = before.lifecycle_lines()
        _replace(segments, before, [*earlier, *kept], before.events + segment.events - metrics - damaged)
        segments.remove(segment)
        segment.remove()
    elif kept:
        _replace(segments, segment, kept, segment.events - metrics - damaged)
    else:
        segments.remove(segment)
        segment.remove()
    return metrics, damaged


def _replace(segments: list[Segment], old: Segment, lines: list[bytes], events: int) -> None:
    new = _write(old.path, b"".join(lines))
    new.events = max(0, events)
    new.may_hold_metrics = False
    segments[segments.index(old)] = new


def _write(path: Path, content: bytes) -> Segment:
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return Segment.adopt(path)
