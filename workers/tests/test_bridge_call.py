"""The client in a process that a bridge has started (docs/bridge-contract.md)."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

import pytest

from tests.conftest import MakeClient, MakeWorker
from tests.scripted_gateway import ScriptedGateway
from thunderline.client.bridge_call import CALL, BridgeCall
from thunderline.worker.session import set_environment

Bridge = pytest.MonkeyPatch


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Bridge:
    """The environment of the second attempt at the trial t."""
    monkeypatch.setenv("CEREBROS_BRIDGE_OP", "run_trial")
    monkeypatch.setenv("CEREBROS_BRIDGE_ATTEMPT", "2")
    monkeypatch.setenv("CEREBROS_BRIDGE_TRIAL_ID", "t")
    return monkeypatch


def names(gateway: ScriptedGateway) -> list[str]:
    return [event["event"] for event in gateway.accepted]


@pytest.mark.usefixtures("bridge")
def test_every_event_states_the_attempt(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(model_run_id="study")
    client.trial_start("t", metadata={"attempt": 7})
    client.log_metrics({"loss": 1.0}, 0, trial_id="t")
    client.trial_complete("t", metrics={"loss": 1.0})
    client.trial_failed("t")
    client.run_start(trial_id="t")
    client.run_stop("cancelled", trial_id="t")
    assert client.flush(20)
    assert [event["attempt"] for event in gateway.accepted] == [2] * 6
    assert not client.stats.dropped


def test_outside_a_bridge_no_event_has_an_attempt(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(model_run_id="study")
    with client.trial("t") as trial:
        trial.log_metrics({"loss": 1.0})
    assert client.flush(20)
    assert names(gateway) == ["ml.trial.start", "ml.run.metric", "ml.trial.complete"]
    assert all("attempt" not in event for event in gateway.accepted)


@pytest.mark.parametrize("error", [None, ValueError("bad"), KeyboardInterrupt()])
@pytest.mark.usefixtures("bridge")
def test_the_bridge_reports_the_end_of_a_trial(
    gateway: ScriptedGateway, make_client: MakeClient, error: BaseException | None
) -> None:
    client = make_client(model_run_id="study")

    def train() -> None:
        with client.trial("t", hyperparams={"lr": 0.1}) as trial:
            trial.log_metrics({"loss": 1.0})
            trial.set_result({"loss": 0.5})
            if error is not None:
                raise error

    if error is None:
        train()
    else:
        with pytest.raises(type(error)):
            train()
    assert client.flush(20)
    assert names(gateway) == ["ml.trial.start", "ml.run.metric"]


@pytest.mark.usefixtures("bridge")
def test_hyperparameters_that_the_end_would_have_reported_are_reported_as_a_start(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    client = make_client(model_run_id="study")
    with client.trial("t") as trial:
        trial.hyperparams = {"lr": 0.1}
    assert client.flush(20)
    assert [event.get("hyperparams") for event in gateway.accepted] == [None, {"lr": 0.1}]
    assert set(names(gateway)) == {"ml.trial.start"}


def test_a_call_that_names_its_trial_ends_no_other_one(
    gateway: ScriptedGateway, make_client: MakeClient, bridge: Bridge
) -> None:
    client = make_client(model_run_id="study")
    for trial_id in ("other", "t"):
        with client.trial(trial_id):
            pass
    bridge.delenv("CEREBROS_BRIDGE_TRIAL_ID")
    with client.trial("any"):
        pass
    assert client.flush(20)
    ended = [event["trial_id"] for event in gateway.accepted if event["event"] == "ml.trial.complete"]
    assert ended == ["other"]


def test_a_served_worker_states_the_attempt_of_each_command(
    gateway: ScriptedGateway, make_client: MakeClient, bridge: Bridge
) -> None:
    client = make_client(model_run_id="study")
    for attempt in (2, 1, 3):
        bridge.delenv("CEREBROS_BRIDGE_ATTEMPT")  # restores it after the test
        set_environment({"CEREBROS_BRIDGE_ATTEMPT": str(attempt)})
        client.log_metrics({"loss": 1.0}, attempt)
    assert client.flush(20)
    assert [event["attempt"] for event in gateway.accepted] == [2, 1, 3]


def test_a_forked_child_states_the_attempt_and_leaves_the_end_to_the_bridge(
    gateway: ScriptedGateway, make_worker: MakeWorker
) -> None:
    worker = make_worker(environment={"CEREBROS_BRIDGE_OP": "run_trial", "CEREBROS_BRIDGE_ATTEMPT": "5"})
    worker.do("fork 3")
    worker.end()
    assert {event["attempt"] for event in gateway.await_accepted(8)} == {5}
    assert sorted(names(gateway)) == ["ml.run.metric"] * 6 + ["ml.trial.start"] * 2


@pytest.mark.parametrize("given", ["second", "-1", "100000", "1.5"])
def test_an_attempt_that_cannot_be_read_is_reported_once_and_left_out(
    gateway: ScriptedGateway, make_client: MakeClient, bridge: Bridge, caplog: pytest.LogCaptureFixture, given: Any
) -> None:
    bridge.setenv("CEREBROS_BRIDGE_ATTEMPT", given)
    client = make_client(model_run_id="study")
    with caplog.at_level(logging.WARNING, logger="thunderline"):
        client.trial_start("t")
        client.trial_start("t")
    assert client.flush(20)
    assert all("attempt" not in event for event in gateway.accepted)
    assert caplog.text.count(f"attempt ({given!r} is not an integer from 0 to 99,999)") == 1
    assert CALL.attempt == 0


@pytest.mark.parametrize(
    ("after_s", "least_s", "most_s"),
    [(100.0, 90.0, 95.0), (4.0, 1.0, 2.0), (-1.0, math.inf, math.inf)],
)
def test_a_call_may_take_the_time_of_the_attempt_less_what_its_report_needs(
    monkeypatch: pytest.MonkeyPatch, after_s: float, least_s: float, most_s: float
) -> None:
    monkeypatch.setenv("CEREBROS_BRIDGE_DEADLINE_MS", str(int((time.time() + after_s) * 1_000)))
    call = BridgeCall()
    call.read()
    assert least_s <= call.time_left_s() <= most_s


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e9", "٣", "9" * 5_000])
def test_a_deadline_that_is_no_time_limits_nothing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CEREBROS_BRIDGE_DEADLINE_MS", text)
    call = BridgeCall()
    call.read()
    assert call.time_left_s() == math.inf


def test_a_clock_that_is_set_during_an_attempt_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEREBROS_BRIDGE_DEADLINE_MS", str(int((time.time() + 100) * 1_000)))
    call = BridgeCall()
    call.read()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    call.read()
    assert 90 <= call.time_left_s() <= 95
