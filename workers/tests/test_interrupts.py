"""Ctrl-C at any instruction of a call passes to the program, and neither loses nor repeats an event."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count

import pytest

from tests.conftest import MakeClient
from tests.interrupts import everywhere
from tests.scripted_gateway import ScriptedGateway
from tests.spooled import spooled_lines
from thunderline import Client, Options
from thunderline.client import process_hooks


def assert_whole(client: Client, gateway: ScriptedGateway) -> None:
    """The client works as before, and each event that it enqueued was sent once."""
    client.trial_start("after")
    assert client.flush(20), client.stats
    assert client.stats.dropped == {}
    assert client.stats.enqueued == client.stats.accepted == len(set(gateway.ids)) == len(gateway.ids)


def test_a_metric_call_that_writes_the_full_queue(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    # Half of the queue ends the collector's linger, so it takes part.
    client = make_client(max_queue_events=1)
    client.trial_start("t")
    steps = count()
    interrupts = Counter(everywhere(lambda: client.log_metrics({"loss": 1.0}, next(steps), trial_id="t")))
    assert interrupts[True] > 0
    assert_whole(client, gateway)
    sent = Counter(event["step"] for event in gateway.accepted if event["event"] == "ml.run.metric")
    assert set(sent.values()) == {1}
    # A call that was interrupted before it enqueued its event is the program's to repeat.
    assert next(steps) - len(sent) <= interrupts[True]


def test_a_trial(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    numbers = count()

    def train() -> None:
        with client.trial(f"t{next(numbers)}"):
            pass

    interrupts = Counter(everywhere(train))
    assert interrupts[True] > 0
    process_hooks.close_all()
    assert client.stats.dropped == {}
    started = {event["trial_id"] for event in gateway.accepted if event["event"] == "ml.trial.start"}
    ended = Counter(event["trial_id"] for event in gateway.accepted if event["event"] != "ml.trial.start")
    assert started == set(ended)
    assert set(ended.values()) == {1}


def test_a_flush(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    steps = count()

    def log_and_flush() -> None:
        client.log_metrics({"loss": 1.0}, next(steps))
        client.flush(20)

    assert any(list(everywhere(log_and_flush)))
    assert_whole(client, gateway)


def test_a_close(gateway: ScriptedGateway, make_client: MakeClient, options: Options) -> None:
    logged: list[Client] = []

    def log_and_close() -> None:
        client = make_client(linger_s=60.0)
        client.log_metrics({"loss": 1.0}, trial_id=f"t{len(logged)}")
        logged.append(client)
        client.close()

    assert any(list(everywhere(log_and_close)))
    process_hooks.close_all()
    for client in logged:
        client.close()
        assert client.stats.dropped == {}
    assert options.spool_dir is not None
    lines = spooled_lines(options.spool_dir)
    kept = {event["trial_id"] for event in [*gateway.accepted, *map(json.loads, lines)]}
    assert {f"t{number}" for number in range(len(logged))} <= kept


@pytest.mark.parametrize("name", ["trial_start", "trial_complete", "run_stop"])
def test_a_lifecycle_call(gateway: ScriptedGateway, make_client: MakeClient, name: str) -> None:
    client = make_client()
    numbers = count()
    assert any(list(everywhere(lambda: getattr(client, name)(trial_id=f"t{next(numbers)}"))))
    assert_whole(client, gateway)
