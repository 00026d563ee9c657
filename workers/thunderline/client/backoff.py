"""The wait before a request is tried again."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime


class Backoff:
    """Exponential back-off with full jitter, in seconds.

    It draws from its own generator: the global one belongs to the training code, whose results must follow from its
    seed.
    """

    def __init__(self, base_s: float, cap_s: float, draw: random.Random | None = None) -> None:
        self._base_s = base_s
        self._cap_s = cap_s
        self._draw = draw if draw is not None else random.Random()
        self._failures = 0

    def next_s(self) -> float:
        """The wait after one more failure: uniform between 0 and a bound that doubles up to the cap."""
        bound_s = min(self._cap_s, self._base_s * 2.0 ** min(self._failures, 60))
        self._failures += 1
        return self._draw.uniform(0.0, bound_s)

    def spread_s(self, delay_s: float) -> float:
        """A fixed wait, up to a tenth longer, so that clients that were given the same time do not all return at that
        time."""
        return delay_s * self._draw.uniform(1.0, 1.1)

    def reset(self) -> None:
        self._failures = 0


def retry_after_s(value: str | None, date: str | None = None) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), as a number or as an HTTP date.

    `date` is the Date header of the same answer: compared with it, a wrong local clock does no harm. None: the header
    is absent or unreadable.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    then = http_date(text)
    if then is None:
        return None
    now = http_date(date) or datetime.now(timezone.utc)
    return max(0.0, (then - now).total_seconds())


def http_date(text: str | None) -> datetime | None:
    """A date of an HTTP header (RFC 9110, section 5.6.7), with its offset; None where it is none."""
    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
