"""Delivery under trouble: hanging disks, full queues, signals, and events set aside."""

from __future__ import annotations

import functools
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from tests.conftest import MakeClient
from tests.eventually import PATIENCE_S, eventually
from tests.points import log_points
from tests.scripted_gateway import (
    Event,
    Handler,
    ScriptedGateway,
    accept,
    answer,
    hang,
)

PROBLEM = {"code": "overloaded", "title": "busy"}


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


def test_a_disk_that_hangs_delays_one_call_for_a_moment(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    recovered = threading.Event()
    write = os.write

    def hanging(descriptor: int, content: bytes) -> int:
        recovered.wait(PATIENCE_S)
        return write(descriptor, content)

    with patch.object(os, "write", hanging):
        began = time.monotonic()
        for number in range(1_000):
            client.trial_start(f"t{number}")
        took_s = time.monotonic() - began
        recovered.set()
        assert client.flush(20)
    # Half a second for each call would be 500 s.
    assert took_s < 20
    assert len(gateway.accepted) == 1_000


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


class Late(Exception):
    """The program's time limit."""


class Slow:
    """A value during whose reading the time limit ends."""

    def __float__(self) -> float:
        signal.raise_signal(signal.SIGALRM)
        return 1.0

    def __str__(self) -> str:
        signal.raise_signal(signal.SIGALRM)
        return "slow"


class Limit:
    """A handler with a state of its own."""

    def __call__(self, *_: object) -> None:
        raise Late

    def method(self, *_: object) -> None:
        raise Late


@pytest.mark.parametrize("handler", [Limit(), Limit().method, functools.partial(Limit().method, 1)])
def test_an_exception_of_a_signal_handler_passes_through_every_call(make_client: MakeClient, handler: Any) -> None:
    client = make_client()
    trial = client.trial("t")
    calls: list[Callable[[], object]] = [
        lambda: client.log_metrics({"loss": Slow()}, trial_id="t"),
        lambda: client.trial_start("t", hyperparams={"lr": Slow()}),
        lambda: client.trial_failed("t", error_message=Slow()),  # type: ignore[arg-type]
        lambda: client.trial("t", hyperparams={"lr": Slow()}),
        lambda: trial.log_metrics({"loss": Slow()}),
        lambda: trial.log_hyperparams({"lr": Slow()}),
        lambda: trial.set_result({"loss": Slow()}),
    ]
    before = signal.signal(signal.SIGALRM, handler)
    try:
        for call in calls:
            with pytest.raises(Late):
                call()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert dict(client.stats.dropped) == {}


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


def test_after_the_close_stats_count_the_events_left_on_disk(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    gateway.script = [answer(503)] * 1_000
    client = make_client()
    log_points(client, 5)
    client.close(0.2)
    assert client.stats.waiting == 5
    assert client.stats.waiting_bytes > 0


def test_observations_never_silence_the_warning_of_an_outage(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()
    for number in range(1_200):
        client.log_metrics({f"metric-{number}": "high"}, 0, trial_id="t")
    gateway.script = [answer(503)]
    log_points(client, 1)
    assert client.flush(20)
    assert "The gateway does not accept events" in caplog.text
    assert len(caplog.records) < 1_100
