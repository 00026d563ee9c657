"""Cuts and checks lines of events. Pure."""

from __future__ import annotations

import json

from thunderline.client.line_encoder import METRIC_PREFIX


def first_lines(chunk: bytes, max_lines: int) -> tuple[bytes, int]:
    """The whole lines at the start of a chunk, at most `max_lines`, and how many they are."""
    end = chunk.rfind(b"\n") + 1
    count = chunk.count(b"\n", 0, end)
    if count <= max_lines:
        return chunk[:end], count
    rest = chunk.split(b"\n", max_lines)[max_lines]
    return chunk[: len(chunk) - len(rest)], max_lines


def intact(line: bytes) -> bool:
    """Whether a line read back is an event: a crash can leave half of one, or zeros where its end should be."""
    try:
        event = json.loads(line)
    except Exception:
        # Not only ValueError: a line of brackets is a RecursionError, and poisons no other line.
        return False
    return isinstance(event, dict) and isinstance(event.get("event_id"), str)


def is_metric(line: bytes) -> bool:
    return line.startswith(METRIC_PREFIX)
