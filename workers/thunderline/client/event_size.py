"""The bound on the size of an event."""

from __future__ import annotations

import json

from thunderline.client.json_values import shrunk
from thunderline.client.losses import OnLoss
from thunderline.client.values import Json

MAX_EVENT_BYTES = 200_000
"""The gateway's default bound is 262,144 bytes; the rest is room for ids and for a gateway with a smaller bound."""

_SHRINKING = ((1_024, 4_000), (256, 1_000), (64, 200), (32, 20))
_LARGE_FIELDS = ("metadata", "parameters", "hyperparams", "error_message", "metrics")


def within_bytes(fields: dict[str, Json], on_loss: OnLoss) -> dict[str, Json]:
    """The fields with the large ones cut, and marked where they are cut, until the event fits into one message."""
    for max_characters, max_entries in _SHRINKING:
        if not _too_large(fields):
            return fields
        for name in _LARGE_FIELDS[:-1]:
            if name in fields:
                fields[name] = shrunk(fields[name], max_characters, max_entries)
    for name in _LARGE_FIELDS:
        if _too_large(fields) and fields.pop(name, None) is not None:
            on_loss(name, f"an event holds at most {MAX_EVENT_BYTES} bytes", 1)
    return fields


def _too_large(fields: dict[str, Json]) -> bool:
    return len(json.dumps(fields)) > MAX_EVENT_BYTES
