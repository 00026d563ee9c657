"""The readers of the client against `docs/events.md`: no value of a field may cost the event."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_json_values import anything
from tests.test_values import Hostile
from thunderline.client.event_size import MAX_EVENT_BYTES
from thunderline.client.fields import FIELDS, lifecycle_fields

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def documented() -> dict[str, set[str]]:
    """The kinds of each field of the lifecycle events, from the tables of the document."""
    kinds: dict[str, set[str]] = {}
    section = ""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line
        cells = re.fullmatch(r"\| `(\w+)` \| (\w+) \| .*", line)
        if cells is not None and "ml.run.metric" not in section:
            kinds.setdefault(cells[1], set()).add(cells[2])
    return kinds


def is_name(value: Any) -> bool:
    utf16 = len(value.encode("utf-16-le")) // 2 if isinstance(value, str) else 0
    return 1 <= utf16 <= 255 and not CONTROL.search(value)


def is_id(value: Any) -> bool:
    return is_name(value) and value not in (".", "..")


def is_json(value: Any, depth: int = 32) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(is_json(item, depth - 1) for item in value.values())
    if isinstance(value, list):
        return depth > 0 and all(is_json(item, depth - 1) for item in value)
    return True


SPELLED = ("NaN", "Infinity", "-Infinity")

CHECKS: dict[str, Callable[[Any], bool]] = {
    "id": is_id,
    "name": is_name,
    "text": lambda value: isinstance(value, str) and len(value) <= 65_536 and "\0" not in value,
    "boolean": lambda value: isinstance(value, bool),
    "timestamp": lambda value: isinstance(value, int),
    "amount": lambda value: value >= 0,
    "count": lambda value: isinstance(value, int) and 0 <= value <= 2**53 - 2,
    "rank": lambda value: isinstance(value, int) and 1 <= value <= 2**31 - 1,
    "attempt": lambda value: isinstance(value, int) and 0 <= value <= 99_999,
    "state": lambda value: value in ("completed", "failed", "cancelled"),
    "measurements": lambda value: (
        len(value) <= 1_000
        and all(
            is_name(name) and (isinstance(item, float) or item in ("NaN", "Infinity", "-Infinity"))
            for name, item in value.items()
        )
    ),
    "json": lambda value: isinstance(value, dict) and is_json(value),
}
"""The document's rule for each kind, as a check of one value."""

HOSTILE: list[Any] = [
    *(None, "", ".", "..", "x", "on", "True", "line\nbreak", "\ud800", "x" * 300, "x" * 100_000, "\U0001f600" * 200),
    *(0, 1, -1, 0.93, -0.0, math.nan, math.inf, 10**400, 2**63, True, 1j, b"bytes", lambda: None),
    *([], [1, 2], {}, {"a": {"b": [1]}}, {1: 1, "1": 2}, {"nested": {"a": 1.0}}, object(), Hostile(), Path("/data")),
    *(np.float32(0.5), np.arange(2_000), np.ma.masked, np.datetime64("NaT", "ms")),
    {f"k{number}": "x" * 8_000 for number in range(40)},
    {f"m{number}": float(number) for number in range(2_000)},
]


def test_the_client_has_a_reader_for_every_documented_field() -> None:
    kinds = documented()
    assert len(kinds) > 10
    assert set(kinds) - {"event", "event_id", "metadata"} == FIELDS


@pytest.mark.parametrize("name", sorted(FIELDS | {"metadata"}))
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(type(value)))
def test_a_field_is_spelled_right_or_left_out_and_counted(name: str, value: Any) -> None:
    lost: list[str] = []
    arguments = {"trial_id": "t", name: value}
    timestamp_ms, fields = lifecycle_fields(arguments, "run", lambda what, *_: lost.append(what))
    assert isinstance(timestamp_ms, int)
    assert len(json.dumps(fields)) <= MAX_EVENT_BYTES
    if name in fields:
        assert all(CHECKS[kind](fields[name]) for kind in documented()[name]), fields[name]
    elif name != "timestamp" and value is not None and not (isinstance(value, list | dict) and not value):
        assert lost


@pytest.mark.parametrize(
    ("metadata", "kept", "promoted"),
    [
        ({"note": 1}, {"note": 1}, {}),
        ({"trial_id": "other"}, {"trial_id_": "other"}, {}),
        ({"rank": "best"}, {"rank_": "best"}, {}),
        ({"timestamp": "yesterday"}, {"timestamp_": "yesterday"}, {}),
        ({"success": False}, {"success_": False}, {}),
        ({"spectral_norm": "on"}, None, {"spectral_norm": True}),
        ("free text", {"value": "free text"}, {}),
    ],
)
def test_metadata_never_contradicts_a_field(metadata: Any, kept: Any, promoted: dict[str, Any]) -> None:
    _, fields = lifecycle_fields({"trial_id": "t", "metadata": metadata}, "run", lambda *_: None)
    assert fields.get("metadata") == kept
    assert {name: fields[name] for name in promoted} == promoted
    assert fields["trial_id"] == "t"


@given(st.dictionaries(st.sampled_from(sorted(FIELDS | {"metadata"})), anything))
def test_no_arguments_of_a_call_raise(arguments: dict[str, Any]) -> None:
    _, fields = lifecycle_fields(arguments, None, lambda *_: None)
    json.dumps(fields, allow_nan=False)
