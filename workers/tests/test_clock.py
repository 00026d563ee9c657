"""A machine whose clock is wrong."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway
from thunderline.client.clock import SENT_AT, Clock
from thunderline.client.notices import Notices


def date(off: timedelta) -> str:
    """The Date header of a gateway whose clock is off by so much."""
    return format_datetime(datetime.now(timezone.utc) + off, usegmt=True)


def test_a_request_states_when_it_was_sent(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    before_ms = time.time() * 1_000
    client = make_client()
    client.trial_start("t")
    assert client.flush(20)
    sent_at_ms = int(gateway.requests[0].headers[SENT_AT.lower()])
    assert before_ms - 1 <= sent_at_ms <= time.time() * 1_000


@pytest.mark.parametrize("off", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=-400)])
def test_a_clock_that_is_off_is_a_warning_once_until_it_agrees(
    caplog: pytest.LogCaptureFixture, off: timedelta
) -> None:
    clock = Clock(Notices())
    for there in (off, off, timedelta(0), timedelta(0)):
        clock.header()
        clock.compare(date(there))
    first, second = [record.getMessage() for record in caplog.records]
    assert "s off the gateway's" in first
    assert f"{'-' if off > timedelta(0) else '+'}" in first
    assert second == "This machine's clock agrees with the gateway's again."


@pytest.mark.parametrize("header", [None, "", "yesterday", "Sat, 99 Foo 2026 00:00:00 GMT"])
def test_an_answer_without_a_date_warns_of_nothing(caplog: pytest.LogCaptureFixture, header: str | None) -> None:
    clock = Clock(Notices())
    clock.header()
    clock.compare(header)
    clock.compare(date(timedelta(seconds=20)))
    assert caplog.records == []
