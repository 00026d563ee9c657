"""The callback for rejected events, whatever it does."""

from __future__ import annotations

import sys
import threading

from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.points import log_points
from tests.scripted_gateway import (
    ScriptedGateway,
    reject,
)
from thunderline import Rejection


def test_a_callback_that_hangs_stops_nothing_else(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    gateway.script = [reject(0)]
    released = threading.Event()
    client = make_client(on_rejected=lambda _: released.wait(30))
    log_points(client, 1)
    gateway.await_requests(1)
    log_points(client, 3)
    gateway.await_accepted(3)
    released.set()


def test_the_thread_of_a_callback_ends_with_its_client(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "thunderline-rejections"]

    eventually(lambda: threads() == [], "earlier tests have left no thread")
    gateway.script = [reject(0)]
    heard: list[Rejection] = []
    client = make_client(on_rejected=heard.append)
    log_points(client, 1)
    assert client.flush(20)
    assert (len(heard), threads()) == (1, ["thunderline-rejections"])
    client.close()
    eventually(lambda: threads() == [], "the thread has ended")


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
