"""Turns what training code holds (tensors, paths, enums, NaN) into what the gateway takes. Nothing here raises."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

MAX_ID_CHARACTERS = 255
MAX_TEXT_CHARACTERS = 8_192
MAX_DEPTH = 30
MAX_ENTRIES = 9_000
MAX_EXACT_INTEGER = 2**53

_UNENCODABLE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def as_number(value: Any) -> float | None:
    """A float from anything that is one number: int, Decimal, "0.5", a numpy or torch scalar. None: it is not one."""
    try:
        item = getattr(value, "item", None)
        return float(value if item is None else item())
    except Exception:
        return None


def as_count(value: Any) -> int | None:
    """An integer >= 0, as a step is; None where it is not one. 3.0 is 3."""
    number = as_number(value)
    if number is None or not math.isfinite(number) or number < 0:
        return None
    return round(number)


def as_epoch_ms(value: Any) -> int | None:
    """Epoch milliseconds from a number of them or a datetime (naive: local time); None where it is neither."""
    try:
        return int(value.timestamp() * 1000) if isinstance(value, datetime) else int(value)
    except Exception:
        return None


def as_text(value: Any, max_characters: int = MAX_TEXT_CHARACTERS) -> str:
    """Text that UTF-8 and the gateway can hold: lone surrogates and NUL become U+FFFD, the end is cut."""
    try:
        text = value if type(value) is str else str(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return _UNENCODABLE.sub("\ufffd", text[:max_characters])


def as_id(value: Any) -> str:
    """The text of an id. It is not cut: two long ids must not become one; the gateway refuses them by name."""
    return as_text(value, 4 * MAX_ID_CHARACTERS)


def as_name(value: Any) -> str:
    """The name of a metric: text without control characters, at most 255 UTF-16 units. Empty: it cannot be one."""
    text = as_text(value, MAX_ID_CHARACTERS)
    if not text.isprintable():
        text = _CONTROL.sub("\ufffd", text)
    while len(text) + sum(character > "\uffff" for character in text) > MAX_ID_CHARACTERS:
        text = text[:-1]
    # The gateway refuses an event for this one name.
    return "" if text == "__proto__" else text


def as_json(value: Any) -> Json:
    """JSON of any value: what JSON cannot hold becomes text, what is too deep or too much is cut off."""
    return _as_json(value, MAX_DEPTH, [MAX_ENTRIES])


def as_json_object(value: Any) -> dict[str, Json]:
    """`as_json` for a mapping; any other value is kept under the name "value"."""
    json = as_json(value)
    return json if isinstance(json, dict) else {"value": json}


def _as_json(value: Any, depth: int, budget: list[int]) -> Json:
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, float):
        return spelled(float(value))
    try:
        if depth > 0 and isinstance(value, Mapping):
            entries = list(value.items())[: max(budget[0], 0)]
            budget[0] -= len(entries)
            return {as_text(key): _as_json(item, depth - 1, budget) for key, item in entries}
        if depth > 0 and isinstance(value, list | tuple | set | frozenset):
            items = list(value)[: max(budget[0], 0)]
            budget[0] -= len(items)
            return [_as_json(item, depth - 1, budget) for item in items]
        item = value.item()
    except Exception:
        return as_text(value)
    return _as_json(item, 0, budget)


def _integer(value: int) -> Json:
    # Readers of JSON hold numbers as doubles; a larger integer (a 128-bit seed) keeps its digits only as text.
    return value if -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER else as_text(value)


def spelled(value: float) -> float | str:
    """A double as JSON can carry it: NaN and the infinities are text."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
