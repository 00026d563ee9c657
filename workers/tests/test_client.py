"""The arguments that the calls take, the events that they make of them, and the promise that none raises."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
import weakref
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.scripted_gateway import Event, ScriptedGateway
from thunderline import Client, Options

T = 1_795_219_200_000
"""2026-11-21 in epoch milliseconds."""


def sent(client: Client, gateway: ScriptedGateway) -> list[Event]:
    """The events of the calls so far, without the fields that differ from run to run."""
    assert client.flush(20)
    return [{name: value for name, value in event.items() if name != "event_id"} for event in gateway.accepted]


def test_each_call_makes_its_event(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(model_run_id="study", api_key="secret")
    at = datetime(2026, 11, 21, tzinfo=timezone.utc)
    client.run_start(hyperparams={"n_trials": 2}, timestamp=at)
    client.trial_start("t1", hyperparams={"lr": 0.1}, spectral_norm=True, mlflow_run_id="ml-1", timestamp=T + 1)
    client.log_metrics({"loss": 0.5}, 3, trial_id="t1", timestamp=T + 2)
    client.log_metrics({"loss": 0.4}, trial_id="t1", model_run_id="other", timestamp=T + 3.7)
    client.trial_complete(
        "t1",
        metrics={"val_accuracy": 0.9, "bad": math.nan, "none": None},
        parameters={"lr": 0.1},
        artifact_uri="s3://models/t1",
        duration_ms=45_000.4,
        rank=1,
        timestamp=T + 4,
    )
    client.trial_failed("t2", error_message="out of memory", error_type="MemoryError", timestamp=T + 5)
    client.run_stop("cancelled", metrics={"best": 1}, duration_ms=7, metadata={"why": Path("x")}, timestamp=T + 6)
    run = {"model_run_id": "study"}
    assert sent(client, gateway) == [
        {"event": "ml.run.start", "timestamp": 1_795_219_200_000, **run, "hyperparams": {"n_trials": 2}},
        {
            "event": "ml.trial.start",
            "timestamp": T + 1,
            **run,
            "trial_id": "t1",
            "hyperparams": {"lr": 0.1},
            "spectral_norm": True,
            "mlflow_run_id": "ml-1",
        },
        {
            "event": "ml.run.metric",
            "timestamp": T + 2,
            **run,
            "trial_id": "t1",
            "step": 3,
            "measurements": {"loss": 0.5},
        },
        {
            "event": "ml.run.metric",
            "timestamp": T + 3,
            "model_run_id": "other",
            "trial_id": "t1",
            "step": 0,
            "measurements": {"loss": 0.4},
        },
        {
            "event": "ml.trial.complete",
            "timestamp": T + 4,
            **run,
            "trial_id": "t1",
            "metrics": {"val_accuracy": 0.9, "bad": "NaN"},
            "parameters": {"lr": 0.1},
            "artifact_uri": "s3://models/t1",
            "duration_ms": 45_000,
            "rank": 1,
        },
        {
            "event": "ml.trial.failed",
            "timestamp": T + 5,
            **run,
            "trial_id": "t2",
            "error_message": "out of memory",
            "error_type": "MemoryError",
        },
        {
            "event": "ml.run.stop",
            "timestamp": T + 6,
            **run,
            "state": "cancelled",
            "metrics": {"best": 1.0},
            "duration_ms": 7,
            "metadata": {"why": "x"},
        },
    ]
    assert gateway.requests[0].path == "/api/events/ml"
    assert gateway.requests[0].headers["authorization"] == "Bearer secret"
    assert dict(client.stats.dropped) == {"unusable_value": 1}


def test_values_are_logged_as_they_were_at_the_call(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(linger_s=60.0)
    metrics = {"loss": 1.0}
    hyperparams = {"layers": [1]}
    client.log_metrics(metrics, trial_id="t")
    client.trial_start("t", hyperparams=hyperparams)
    metrics["loss"] = 2.0
    hyperparams["layers"].append(2)
    first, second = sent(client, gateway)
    assert (first["measurements"], second["hyperparams"]) == ({"loss": 1.0}, {"layers": [1]})


@pytest.mark.parametrize(
    "arguments",
    [
        {"metrics": None},
        {"metrics": 5},
        {"metrics": [1, 2]},
        {"metrics": {"loss": object()}},
        {"metrics": {}},
        {"metrics": {("a",): 1.0}},
        {"metrics": {"a": 1.0}, "step": "x"},
        {"metrics": {"a": 1.0}, "step": -1},
        {"metrics": {"a": 1.0}, "step": math.nan},
        {"metrics": {"a": 1.0}, "trial_id": ["unhashable"]},
        {"metrics": {"a": 1.0}, "trial_id": 7, "timestamp": "yesterday"},
    ],
)
def test_log_metrics_never_raises(gateway: ScriptedGateway, make_client: MakeClient, arguments: dict[str, Any]) -> None:
    client = make_client()
    client.log_metrics(**arguments)
    client.log_metrics({"good": 1.0}, 5, trial_id="t")
    assert sent(client, gateway)[-1]["step"] == 5


@pytest.mark.parametrize(
    "arguments",
    [
        {"metrics": 5},
        {"hyperparams": 5},
        {"hyperparams": {"f": lambda: None, "\ud800": {1, 2}}},
        {"metadata": {"deep": [[[]]]}, "duration_ms": "long", "rank": 0, "artifact_uri": Path("x")},
        {"timestamp": object(), "spectral_norm": "maybe"},
    ],
)
def test_lifecycle_calls_never_raise(
    gateway: ScriptedGateway, make_client: MakeClient, arguments: dict[str, Any]
) -> None:
    client = make_client()
    client.trial_complete("t", **arguments)
    client.trial_complete("last")
    assert sent(client, gateway)[-1]["trial_id"] == "last"


def test_a_value_that_is_not_a_number_is_logged_once(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()
    for _ in range(3):
        client.log_metrics({"loss": "high", "accuracy": 1}, trial_id="t")
    assert [event["measurements"] for event in sent(client, gateway)] == [{"accuracy": 1.0}] * 3
    assert dict(client.stats.dropped) == {"unusable_value": 3}
    assert [record.message for record in caplog.records] == [
        "Left out: the metric loss (a str is not a number). Others like it are only counted."
    ]


def test_a_coroutine_may_wait_for_the_answers(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()

    async def train() -> bool:
        client.trial_start("t")
        return await client.aflush(20)

    assert asyncio.run(train())
    assert len(gateway.accepted) == 1


def test_calls_after_the_close_are_counted_as_lost(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    client.trial_start("t")
    client.close()
    client.close()
    client.log_metrics({"loss": 1.0})
    client.trial_start("t")
    assert not client.flush(0.1)
    assert len(gateway.accepted) == 1
    assert dict(client.stats.dropped) == {"closed": 2}


def test_a_client_that_is_dropped_sends_its_events_and_ends_its_threads(
    gateway: ScriptedGateway, options: Options
) -> None:
    before = threading.active_count()
    client = Client(gateway.url, options=options)
    client.trial_start("t")
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None
    gateway.await_accepted(1)
    eventually(lambda: not [t for t in threading.enumerate() if t.name.startswith("thunderline-")], "no thread is left")
    assert threading.active_count() <= before + 1


def test_a_client_without_a_spool_leaves_no_file(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(spool_enabled=False)
    client.trial_start("t")
    assert client.flush(20)
    assert client.stats.spooled == 0
    assert len(gateway.accepted) == 1


def test_events_that_cannot_be_kept_anywhere_are_counted(make_client: MakeClient) -> None:
    client = make_client("http://127.0.0.1:1", spool_enabled=False)
    client.trial_start("t")
    client.close(0.2)
    assert dict(client.stats.dropped) == {"unsent_at_exit": 1}
    assert client.stats.waiting == 0
