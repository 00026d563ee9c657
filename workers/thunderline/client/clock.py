"""Compares this machine's clock with the gateway's."""

from __future__ import annotations

import time

from thunderline.client.backoff import http_date
from thunderline.client.notices import Notices

SENT_AT = "Thunderline-Sent-At"
"""Header with the epoch milliseconds of this clock. The gateway shifts a timestamp that it would refuse by the
difference."""

_TOLERATED_S = 60.0


class Clock:
    """Warns once when this clock and the gateway's differ by more than a minute."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._sent_s = 0.0

    def header(self) -> dict[str, str]:
        """The header of a request that is sent now."""
        self._sent_s = time.time()
        return {SENT_AT: str(int(self._sent_s * 1_000))}

    def compare(self, date: str | None) -> None:
        """Compares the `Date` of the answer to that request, and tolerates the duration of the request besides the
        minute."""
        theirs = http_date(date)
        if theirs is None:
            return
        now_s = time.time()
        skew_s = (self._sent_s + now_s) / 2 - theirs.timestamp()
        if abs(skew_s) > _TOLERATED_S + (now_s - self._sent_s):
            self._notices.warn(
                "clock", "This machine's clock is %+.0f s off the gateway's; event times are off by as much.", skew_s
            )
        else:
            self._notices.over("clock", "This machine's clock agrees with the gateway's again.")
