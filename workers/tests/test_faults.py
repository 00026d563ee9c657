"""The client's reaction to each way in which a gateway, or the network on the way to it, can fail."""

from __future__ import annotations

import logging
import select
import signal
import socket
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.scripted_gateway import (
    Event,
    Handler,
    ScriptedGateway,
    Step,
    accept,
    answer,
    dribble,
    hang,
    hang_up,
    reject,
    reset_mid_answer,
)
from thunderline import Client, Options, Rejection

PROBLEM = {"code": "overloaded", "title": "busy"}


def log_points(client: Client, number: int) -> None:
    for step in range(number):
        client.log_metrics({"loss": step / 10}, step, trial_id="t", model_run_id="r")


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
    now = datetime.now(timezone.utc).replace(microsecond=0)
    headers = {"Retry_After": "2"}
    if as_date:
        headers = {"Retry_After": format_datetime(now + timedelta(seconds=2), usegmt=True)}
    gateway.script = [answer(status, PROBLEM, **headers)]
    client = make_client()
    log_points(client, 1)
    gateway.await_requests(1)
    began = time.monotonic()
    assert client.flush(20)
    assert 0.9 < time.monotonic() - began < 5


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


def test_a_callback_that_raises_stops_nothing(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    def raising(_: Rejection) -> None:
        raise RuntimeError("mine")

    gateway.script = [reject(0)]
    client = make_client(on_rejected=raising)
    log_points(client, 2)
    assert client.flush(20)
    log_points(client, 1)
    assert client.flush(20)
    assert client.stats.accepted == 2


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


@pytest.mark.parametrize("while_refused", [True, False])
def test_a_new_key_is_used_at_once(gateway: ScriptedGateway, make_client: MakeClient, while_refused: bool) -> None:
    gateway.script = [answer(401, {"code": "unauthorized"})]
    client = make_client(api_key="old\n", refused_retry_s=3600)
    log_points(client, 1)
    gateway.await_requests(1)
    if not while_refused:
        eventually(lambda: client.stats.retries == 1, "the refusal is known")
    client.api_key = "new"
    assert client.flush(20)
    assert [request.headers["authorization"] for request in gateway.requests] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("key", ["schl\N{SNOWMAN}ssel", "secret\nkey"])
def test_a_key_that_no_header_can_carry_is_never_printed(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    gateway.script = [answer(401, {"code": "unauthorized"})]
    client = make_client(api_key=key, refused_retry_s=3600)
    log_points(client, 1)
    gateway.await_requests(1)
    client.api_key = "key"
    assert client.flush(20)
    assert "authorization" not in gateway.requests[0].headers
    assert "made without a key" in caplog.text
    assert key not in caplog.text
    assert "secret" not in caplog.text


def test_an_outage_is_logged_once_at_its_start_and_once_at_its_end(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        gateway.script = [hang_up] * 6
        client = make_client()
        log_points(client, 3)
        assert client.flush(20)
    assert [record.message.split(" (")[0] for record in caplog.records] == [
        "The gateway does not take events",
        "The gateway takes events again.",
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
        assert time.monotonic() - began < 5
    assert dict(client.stats.dropped) == {}
    (segment,) = options.spool_dir.rglob("*.ndjson")
    assert len(segment.read_bytes().splitlines()) == 10


@pytest.mark.parametrize("retry_after", ["0", "Thu, 01 Jan 2026 00:00:00 GMT"])
def test_a_retry_after_that_asks_for_no_wait_still_backs_off(
    gateway: ScriptedGateway, make_client: MakeClient, retry_after: str
) -> None:
    gateway.script = [answer(503, PROBLEM, Retry_After=retry_after)] * 1_000
    client = make_client(backoff_base_s=30.0, backoff_cap_s=30.0)
    log_points(client, 1)
    assert not client.flush(0.5)
    assert len(gateway.requests) < 20


def test_one_event_refused_without_a_reason_delays_no_other(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse_step_3(handler: Handler, events: list[Event]) -> None:
        if any(event["step"] == 3 for event in events):
            handler.reply(400, b"<html>blocked by a firewall</html>")
        else:
            accept(handler, events)

    gateway.script = [refuse_step_3] * 100
    client = make_client(refused_retry_s=3_600, linger_s=0.2)
    log_points(client, 8)
    gateway.await_accepted(7)
    assert sorted(event["step"] for event in gateway.accepted) == [0, 1, 2, 4, 5, 6, 7]
    assert not client.flush(0.1)
    assert client.stats.waiting == 1
    assert dict(client.stats.dropped) == {}
    assert "set aside" in caplog.text
    client.close(1.0)
    assert client.stats.waiting == 1


def test_a_callback_that_hangs_stops_nothing_else(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    gateway.script = [reject(0)]
    released = threading.Event()
    client = make_client(on_rejected=lambda _: released.wait(30))
    log_points(client, 1)
    gateway.await_requests(1)
    log_points(client, 3)
    gateway.await_accepted(3)
    released.set()


def test_a_callback_that_exits_is_called_again(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    heard: list[Rejection] = []

    def exiting(rejection: Rejection) -> None:
        heard.append(rejection)
        sys.exit("mine")

    gateway.script = [reject(0), reject(0)]
    client = make_client(on_rejected=exiting)
    for _ in range(2):
        log_points(client, 1)
        assert client.flush(20)
    assert len(heard) == 2


def test_events_are_on_disk_while_the_client_connects(make_client: MakeClient) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # With its queue full the kernel answers no further connection.
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        client = make_client(f"http://127.0.0.1:{full.getsockname()[1]}", connect_timeout_s=60.0)
        client.trial_start("t")
        eventually(lambda: client.stats.sent > 0, "a request is being made")
        log_points(client, 10)
        eventually(lambda: client.stats.spooled == 11, "everything is on disk")


def test_metrics_are_on_disk_long_before_they_are_sent(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(linger_s=3_600)
    log_points(client, 10)
    eventually(lambda: client.stats.spooled == 10, "everything is on disk")
    assert gateway.requests == []


def test_a_queue_that_overflows_loses_nothing(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(max_queue_events=100)
    log_points(client, 20_000)
    assert client.flush(60)
    assert len(set(gateway.ids)) == 20_000
    assert dict(client.stats.dropped) == {}


def test_flush_is_false_after_events_were_dropped_since_the_last_one(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    gateway.script = [answer(503)] * 3
    client = make_client(spool_enabled=False, max_memory_bytes=10_000)
    log_points(client, 1_000)
    assert not client.flush(20)
    assert client.stats.dropped["spool_full"] > 0
    log_points(client, 1)
    assert client.flush(20)


def test_an_exception_of_a_signal_handler_passes_through_flush(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    class Alarm(Exception):
        pass

    def alarm(*_: object) -> None:
        raise Alarm

    gateway.script = [hang]
    client = make_client()
    log_points(client, 1)
    gateway.await_requests(1)
    before = signal.signal(signal.SIGALRM, alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Alarm):
            client.flush(30)
    finally:
        signal.signal(signal.SIGALRM, before)
    gateway.released.set()


def test_sends_without_select_poll(
    gateway: ScriptedGateway, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """eventlet removes `select.poll`, and Windows has none."""
    monkeypatch.delattr(select, "poll")
    client = make_client()
    log_points(client, 1)
    assert client.flush(20)
    assert (len(gateway.requests), client.stats.accepted) == (1, 1)


def test_events_logged_under_one_key_are_not_sent_under_another(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    gateway.script = [answer(503)] * 1_000
    first = make_client(api_key="first")
    log_points(first, 3)
    first.close(0.2)
    gateway.script = []
    second = make_client(api_key="second", adopt_every_s=0.01)
    log_points(second, 1)
    assert second.flush(20)
    assert len(gateway.accepted) == 1
    again = make_client(api_key="first")
    assert again.flush(20)
    assert len(gateway.accepted) == 4
    assert {request.headers["authorization"] for request in gateway.requests[-1:]} == {"Bearer first"}


def test_after_the_close_stats_count_the_events_left_on_disk(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    gateway.script = [answer(503)] * 1_000
    client = make_client()
    log_points(client, 5)
    client.close(0.2)
    assert client.stats.waiting == 5
    assert client.stats.waiting_bytes > 0


class Secret:
    """A secret with the interface of pydantic's."""

    def get_secret_value(self) -> str:
        return "sealed"


@pytest.mark.parametrize(
    ("key", "sent"), [(Secret(), "Bearer sealed"), (12345, "Bearer 12345"), (" padded ", "Bearer padded")]
)
def test_a_key_may_be_held_in_many_ways(
    gateway: ScriptedGateway, make_client: MakeClient, key: object, sent: str
) -> None:
    client = make_client(api_key=key)
    log_points(client, 1)
    assert client.flush(20)
    assert gateway.requests[0].headers["authorization"] == sent


def test_observations_never_silence_the_warning_of_an_outage(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()
    for number in range(1_200):
        client.log_metrics({f"metric-{number}": "high"}, 0, trial_id="t")
    gateway.script = [answer(503)]
    log_points(client, 1)
    assert client.flush(20)
    assert "The gateway does not take events" in caplog.text
    assert len(caplog.records) < 1_100
