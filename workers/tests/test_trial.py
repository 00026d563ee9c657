from __future__ import annotations

import asyncio
import copy
import pickle
import sys
from typing import Any

import numpy as np
import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway
from thunderline import Client
from thunderline.client import trial as trial_module


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    return make_client(model_run_id="study")


def test_a_trial_that_ends_is_complete(gateway: ScriptedGateway, client: Client) -> None:
    with client.trial("t", hyperparams={"lr": 0.1}, spectral_norm=True, mlflow_run_id="ml-1") as trial:
        trial.log_metrics({"loss": 2.0, "accuracy": 0.1}, 0)
        trial.log_metrics({"loss": 1.0}, 1)
    assert client.flush(20)
    start, first, second, complete = gateway.accepted
    assert (start["event"], start["hyperparams"], start["spectral_norm"]) == ("ml.trial.start", {"lr": 0.1}, True)
    assert (first["step"], second["step"], first["trial_id"], first["model_run_id"]) == (0, 1, "t", "study")
    assert complete["event"] == "ml.trial.complete"
    assert complete["metrics"] == {"loss": 1.0, "accuracy": 0.1}
    assert (complete["spectral_norm"], complete["mlflow_run_id"]) == (True, "ml-1")
    assert complete["duration_ms"] >= 0


def test_a_trial_reports_the_result_that_the_program_sets(gateway: ScriptedGateway, client: Client) -> None:
    with client.trial("t") as trial:
        trial.log_metrics({"loss": 2.0})
        trial.set_result({"best": 1.0}, artifact_uri="s3://m", parameters={"lr": 1}, rank=2)
    assert client.flush(20)
    complete = gateway.accepted[-1]
    assert (complete["metrics"], complete["artifact_uri"]) == ({"best": 1.0}, "s3://m")
    assert (complete["parameters"], complete["rank"]) == ({"lr": 1}, 2)


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "error_type", "message"),
    [
        (ValueError("bad \ud800 value"), "ValueError", "bad \ufffd value"),
        (SystemExit(3), "SystemExit", "3"),
        (Unprintable(), "Unprintable", "Unprintable"),
    ],
)
def test_an_exception_fails_the_trial_and_passes_through(
    gateway: ScriptedGateway, client: Client, error: BaseException, error_type: str, message: str
) -> None:
    def train() -> None:
        with client.trial("t") as trial:
            trial.log_metrics({"loss": 2.0})
            raise error

    with pytest.raises(type(error)) as raised:
        train()
    assert raised.value is error
    assert client.flush(20)
    failed = gateway.accepted[-1]
    assert (failed["event"], failed["error_type"], failed["error_message"]) == ("ml.trial.failed", error_type, message)
    assert failed["metrics"] == {"loss": 2.0}


@pytest.mark.parametrize("error", [SystemExit(), SystemExit(0)])
def test_a_program_that_exits_without_an_error_completes_its_trial(
    gateway: ScriptedGateway, client: Client, error: SystemExit
) -> None:
    with pytest.raises(SystemExit), client.trial("t"):
        raise error
    assert client.flush(20)
    assert gateway.accepted[-1]["event"] == "ml.trial.complete"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError()])
def test_an_interrupted_trial_is_cancelled(gateway: ScriptedGateway, client: Client, error: BaseException) -> None:
    def train() -> None:
        with client.trial("t") as trial:
            trial.log_metrics({"loss": 2.0})
            raise error

    with pytest.raises(type(error)):
        train()
    assert client.flush(20)
    end = gateway.accepted[-1]
    assert (end["event"], end["trial_id"], end["state"]) == ("ml.run.stop", "t", "cancelled")
    assert (end["error_type"], end["metrics"]) == (type(error).__name__, {"loss": 2.0})


def test_a_trial_can_be_cancelled_by_its_program(gateway: ScriptedGateway, client: Client) -> None:
    with client.trial("t") as trial:
        trial.cancelled("no budget left")
    assert client.flush(20)
    end = gateway.accepted[-1]
    assert (end["state"], end["error_type"], end["error_message"]) == ("cancelled", "cancelled", "no budget left")


@pytest.mark.parametrize(
    ("result", "metrics"),
    [(0.93, {"value": 0.93}), ({"a": 1}, {"a": 1.0}), ([("a", 1)], {"a": 1.0}), ("soon", None), ([1, 2], None)],
)
def test_any_result_lets_the_trial_end(
    gateway: ScriptedGateway, client: Client, result: Any, metrics: dict[str, float] | None
) -> None:
    with client.trial("t") as trial:
        trial.set_result(result)
    assert client.flush(20)
    assert (gateway.accepted[-1]["event"], gateway.accepted[-1].get("metrics")) == ("ml.trial.complete", metrics)
    assert ("unusable_value" in client.stats.dropped or "unusable_call" in client.stats.dropped) is (metrics is None)


def test_values_are_read_at_the_call(gateway: ScriptedGateway, client: Client) -> None:
    loss, width = np.array(1.5), np.array([1, 2])
    with client.trial("t", hyperparams={"width": width}) as trial:
        trial.log_metrics({"loss": loss})
        loss[...] = 0
        width[...] = 0
    assert client.flush(20)
    assert (gateway.accepted[-1]["metrics"], gateway.accepted[-1]["hyperparams"]) == ({"loss": 1.5}, {"width": [1, 2]})


def test_a_trial_holds_no_reference_to_what_was_logged(client: Client) -> None:
    loss = np.array(1.5)
    before = sys.getrefcount(loss)
    with client.trial("t", hyperparams={"array": loss}) as trial:
        trial.log_metrics({"loss": loss})
        trial.set_result({"loss": loss}, parameters={"loss": loss})
        assert sys.getrefcount(loss) == before


def test_a_trial_of_names_that_change_each_call_keeps_few_of_them(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_module, "MAX_NAMES_KEPT", 2)
    with client.trial("t") as trial:
        for number in range(5):
            trial.log_metrics({"loss": number, f"name {number}": 1.0})
        assert trial._latest == {"loss": 4.0, "name 0": 1.0}


def test_hyperparameters_can_be_added_after_the_start(gateway: ScriptedGateway, client: Client) -> None:
    with client.trial("t", hyperparams={"lr": 0.1}) as trial:
        trial.log_hyperparams({"model": {"width": 8}})
    assert client.flush(20)
    assert [event["hyperparams"] for event in gateway.accepted] == [
        {"lr": 0.1},
        {"lr": 0.1, "model.width": 8},
        {"lr": 0.1, "model.width": 8},
    ]


def test_metrics_without_a_step_are_counted(gateway: ScriptedGateway, client: Client) -> None:
    with client.trial("t") as trial:
        for _ in range(3):
            trial.log_metrics({"loss": 1.0})
    client.log_metrics({"loss": 1.0}, trial_id="other")
    assert client.flush(20)
    assert [event["step"] for event in gateway.accepted if event["event"] == "ml.run.metric"] == [0, 1, 2, 0]


def test_a_metric_of_a_trial_may_have_a_timestamp(gateway: ScriptedGateway, client: Client) -> None:
    with client.trial("t") as trial:
        trial.log_metrics({"loss": 1.0}, 0, timestamp="2025-10-05T12:34:56Z")
    assert client.flush(20)
    assert gateway.accepted[1]["timestamp"] == 1_759_667_696_000


class Model:
    """A model that holds the trial that reports for it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.trial = client.trial("t", hyperparams={"lr": 0.1})


@pytest.mark.parametrize("pickler", ["pickle", "cloudpickle"])
def test_a_model_that_holds_a_client_can_be_copied_and_pickled(
    gateway: ScriptedGateway, client: Client, pickler: str
) -> None:
    dumps = pytest.importorskip(pickler).dumps
    model = Model(client)
    assert copy.deepcopy(model).client is client
    assert copy.copy(client) is client
    with model.trial:
        restored = pickle.loads(dumps(model))
        restored.trial.log_metrics({"loss": 1.0}, 7)
        assert restored.client.flush(20)
        del restored
        model.trial.log_metrics({"loss": 2.0}, 8)
    assert client.flush(20)
    steps = [event["step"] for event in gateway.accepted if event["event"] == "ml.run.metric"]
    assert sorted(steps) == [7, 8]


def test_a_pickle_holds_no_api_key(make_client: MakeClient) -> None:
    assert b"secret-key" not in pickle.dumps(make_client(api_key="secret-key"))
