"""The client's reaction to each way in which a gateway, or the network on the way to it, can fail."""

from __future__ import annotations

import logging
import socket
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.points import log_points
from tests.scripted_gateway import (
    ScriptedGateway,
    Step,
    answer,
    dribble,
    hang,
    hang_up,
    reject,
    reset_mid_answer,
)
from thunderline import Options, Rejection

PROBLEM = {"code": "overloaded", "title": "busy"}


@pytest.mark.parametrize(
    "fault",
    [
        answer(503, PROBLEM),
        answer(503, b"<html>busy</html>"),
        answer(500),
        answer(502),
        answer(504),
        answer(408),
        answer(429, PROBLEM),
        answer(401),
        answer(403),
        answer(404),
        answer(302, Location="http://example.com/"),
        answer(200, b"<html>please log in</html>"),
        answer(204),
        answer(400, b"<html>bad request</html>"),
        answer(422, b"<html>?</html>"),
        answer(207, b"{"),
        answer(207, {"accepted": 1}),
        hang_up,
    ],
)
def test_an_answer_outside_the_contract_loses_nothing(
    gateway: ScriptedGateway, make_client: MakeClient, fault: Step
) -> None:
    gateway.script = [fault, fault]
    client = make_client()
    log_points(client, 5)
    assert client.flush(20)
    assert [event["step"] for event in gateway.accepted] == [0, 1, 2, 3, 4]
    stats = client.stats
    assert (stats.accepted, stats.rejected, stats.retries, dict(stats.dropped)) == (5, 0, 2, {})


def test_events_are_sent_again_with_the_same_ids_after_a_lost_answer(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    gateway.script = [reset_mid_answer]
    client = make_client()
    log_points(client, 5)
    assert client.flush(20)
    assert len(gateway.ids) > 5
    assert len(set(gateway.ids)) == 5


def test_a_connection_closed_while_idle_is_replaced_without_a_warning(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.script = [answer(202, Connection="keep-alive"), hang_up]
    client = make_client()
    log_points(client, 1)
    assert client.flush(20)
    log_points(client, 1)
    assert client.flush(20)
    assert client.stats.retries == 0
    assert caplog.records == []


@pytest.mark.parametrize("silent", [hang, dribble])
def test_a_request_has_a_deadline(gateway: ScriptedGateway, make_client: MakeClient, silent: Step) -> None:
    gateway.script = [silent]
    client = make_client(request_timeout_s=0.2)
    log_points(client, 3)
    assert client.flush(20)
    assert len(set(gateway.ids)) == 3


def test_events_are_written_to_disk_while_an_answer_is_awaited(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    gateway.script = [hang]
    client = make_client()
    log_points(client, 1)
    gateway.await_requests(1)
    client.trial_complete("t")
    eventually(lambda: client.stats.spooled == 2, "the second event is on disk")
    gateway.released.set()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_the_client_waits_as_long_as_retry_after_asks(
    gateway: ScriptedGateway, make_client: MakeClient, status: int, as_date: bool
) -> None:
    due = datetime.now(timezone.utc) + timedelta(seconds=2)
    headers = {"Retry_After": "2"}
    if as_date:
        due = due.replace(microsecond=0)
        headers = {"Retry_After": format_datetime(due, usegmt=True)}
    gateway.script = [answer(status, PROBLEM, **headers)]
    client = make_client()
    log_points(client, 1)
    assert client.flush(20)
    # The client waits by another clock.
    assert datetime.now(timezone.utc) > due - timedelta(seconds=0.1)


def test_rejected_events_are_counted_reported_and_not_sent_again(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.script = [reject(1, 3)]
    heard: list[Rejection] = []
    client = make_client(on_rejected=heard.append)
    log_points(client, 5)
    assert client.flush(20)
    assert [event["step"] for event in gateway.accepted] == [0, 2, 4]
    assert len(gateway.requests) == 1
    stats = client.stats
    assert (stats.accepted, stats.rejected) == (3, 2)
    assert [rejection.event["step"] for rejection in heard] == [1, 3]
    assert list(stats.rejections) == heard
    assert (heard[0].code, heard[0].path, heard[0].message) == ("invalid_value", "step", "must be an integer")
    assert [record.message for record in caplog.records if "invalid_value" in record.message] == [
        "The gateway rejected an event permanently: invalid_value at 'step': must be an integer. "
        "Others with this code are only counted."
    ]


def test_a_batch_may_be_rejected_as_a_whole(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    gateway.script = [reject(0, 1, status=422)]
    client = make_client()
    log_points(client, 2)
    assert client.flush(20)
    assert (client.stats.accepted, client.stats.rejected, len(gateway.requests)) == (0, 2, 1)


def test_a_batch_that_is_too_large_is_split(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(linger_s=0.2)
    too_large = answer(413, {"code": "too_many_events"})
    gateway.script = [too_large, too_large]
    log_points(client, 8)
    assert client.flush(20)
    assert [len(request.events) for request in gateway.requests] == [8, 4, 2, 2, 2, 2]
    assert client.stats.accepted == 8


@pytest.mark.parametrize("status", [400, 413])
def test_one_event_that_is_too_large_or_malformed_is_refused_alone(
    gateway: ScriptedGateway, make_client: MakeClient, status: int
) -> None:
    refusal = answer(status, {"code": "malformed_json", "detail": "no"})
    gateway.script = [refusal, refusal]
    client = make_client(linger_s=0.2)
    log_points(client, 2)
    assert client.flush(20)
    assert [event["step"] for event in gateway.accepted] == [1]
    assert client.stats.rejected == 1
    assert client.stats.rejections[0].event["step"] == 0


def test_without_ndjson_or_gzip_a_plain_array_is_sent(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    gateway.script = [answer(415, {"code": "unsupported_media_type"})]
    client = make_client(linger_s=0.2)
    log_points(client, 20)
    assert client.flush(20)
    first, second = gateway.requests
    assert (first.headers["content-type"], first.headers["content-encoding"]) == ("application/x-ndjson", "gzip")
    assert (second.headers["content-type"], second.headers.get("content-encoding")) == ("application/json", None)
    assert second.events == first.events


def test_an_outage_is_logged_once_at_its_start_and_once_at_its_end(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        gateway.script = [hang_up] * 6
        client = make_client()
        log_points(client, 3)
        assert client.flush(20)
    assert [record.message.split(" (")[0] for record in caplog.records] == [
        "The gateway does not accept events",
        "The gateway accepts events again.",
    ]


def test_events_wait_on_disk_while_no_gateway_listens(make_client: MakeClient, options: Options) -> None:
    assert options.spool_dir is not None
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = make_client(f"http://127.0.0.1:{unused.getsockname()[1]}")
        log_points(client, 10)
        assert not client.flush(0.3)
        began = time.monotonic()
        client.close()
        assert time.monotonic() - began < 15
    assert dict(client.stats.dropped) == {}
    (segment,) = options.spool_dir.rglob("*.ndjson")
    assert len(segment.read_bytes().splitlines()) == 10
