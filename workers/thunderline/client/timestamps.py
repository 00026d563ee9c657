"""Points in time as training code holds them, turned into epoch milliseconds. Nothing here raises."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

from thunderline.client.signals import pass_on

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)

# A number is read by its magnitude, as pandas and Elasticsearch do: these bounds in milliseconds are 1973 and 5138.
LEAST_MILLISECONDS = 10**11
_LEAST_MICROSECONDS = 10**14
_LEAST_NANOSECONDS = 10**17

_FRACTION = re.compile(r"[.,](\d+)")


def as_epoch_ms(value: Any) -> int | None:
    """Epoch milliseconds from a datetime or date (naive: local time), ISO 8601 text (without an offset: UTC), a numpy
    datetime64 (UTC), or a number of seconds, milliseconds, microseconds or nanoseconds. None: it is none of them.

    Fractions of a millisecond are cut.
    """
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, datetime):
            return _of_datetime(value)
        if isinstance(value, date):
            return _of_datetime(datetime(value.year, value.month, value.day))
        if isinstance(value, str):
            return _of_text(value)
        if getattr(getattr(value, "dtype", None), "kind", None) == "M":
            return _of_datetime64(value)
        item = getattr(value, "item", None)
        return _of_number(value if item is None else item())
    except Exception as error:
        pass_on(error)
        return None


def iso(epoch_ms: int) -> str | None:
    """ISO 8601 text in UTC; None outside the years 1 to 9999."""
    try:
        return (_EPOCH + timedelta(milliseconds=epoch_ms)).isoformat(timespec="milliseconds")
    except OverflowError:
        return None


def _of_datetime(value: datetime) -> int:
    # Exact, unlike `timestamp() * 1000`, whose double is a millisecond low for some dates.
    aware = value if value.tzinfo is not None else value.astimezone()
    return int((aware - _EPOCH) // _MILLISECOND)


def _of_text(text: str) -> int | None:
    text = text.strip()
    try:
        return _of_number(float(text))
    except ValueError:
        pass
    # `fromisoformat` of Python 3.10 takes neither "Z" nor other than three or six digits.
    text = _FRACTION.sub(lambda match: f".{match[1][:6]:0<6}", text.replace("Z", "+00:00").replace("z", "+00:00"))
    read = datetime.fromisoformat(text)
    return _of_datetime(read if read.tzinfo is not None else read.replace(tzinfo=timezone.utc))


def _of_datetime64(value: Any) -> int | None:
    milliseconds = value.astype("datetime64[ms]")
    # NaT is the one value that differs from itself.
    return int(milliseconds.astype("int64")) if milliseconds == milliseconds else None


def _of_number(value: Any) -> int | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    size = abs(value)
    if size < LEAST_MILLISECONDS:
        # A double of seconds holds microseconds today; rounding to them keeps .789 from becoming .788.
        return math.floor(round(value * 1_000, 3)) if isinstance(value, float) else int(value) * 1_000
    whole: int = math.floor(value)
    if size < _LEAST_MICROSECONDS:
        return whole
    return whole // (1_000 if size < _LEAST_NANOSECONDS else 1_000_000)
