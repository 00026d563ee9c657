from __future__ import annotations

import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway
from thunderline import Client


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


def test_its_result_can_be_said(gateway: ScriptedGateway, client: Client) -> None:
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
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
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
