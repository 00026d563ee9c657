from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway
from thunderline.mlflow import active_run_id, mlflow_trial

mlflow = pytest.importorskip("mlflow")


def test_a_trial_is_linked_to_the_active_run(gateway: ScriptedGateway, make_client: MakeClient, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    client = make_client()
    with mlflow.start_run() as run, mlflow_trial(client, "t"):
        pass
    assert client.flush(20)
    assert [event["mlflow_run_id"] for event in gateway.accepted] == [run.info.run_id] * 2


@pytest.mark.parametrize(
    "module", [None, SimpleNamespace(), SimpleNamespace(active_run=lambda: None), SimpleNamespace(active_run=lambda: 1)]
)
def test_a_trial_without_an_active_run_is_linked_to_none(monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", module)
    assert active_run_id() is None


def linked_runs(gateway: ScriptedGateway) -> dict[str, str | None]:
    """The run that the last event of each trial names."""
    return {event["trial_id"]: event.get("mlflow_run_id") for event in gateway.accepted if "trial_id" in event}


def test_each_trial_is_linked_to_its_nested_run(
    gateway: ScriptedGateway, make_client: MakeClient, tmp_path: Path
) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    client = make_client(model_run_id="study")
    runs = {}
    with mlflow.start_run():
        for number in range(3):
            trial_id = f"nested-{number}"
            with mlflow_trial(client, trial_id) as trial, mlflow.start_run(nested=True) as run:
                trial.log_metrics({"loss": 1.0}, 0)
                runs[trial_id] = run.info.run_id
    assert client.flush(20)
    assert linked_runs(gateway) == runs


def test_trials_inside_one_run_are_not_all_linked_to_it(
    gateway: ScriptedGateway, make_client: MakeClient, tmp_path: Path
) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    client = make_client(model_run_id="study")
    with mlflow.start_run() as parent:
        for number in range(2):
            with mlflow_trial(client, f"inside-{number}"):
                pass
    assert client.flush(20)
    assert linked_runs(gateway) == {"inside-0": parent.info.run_id, "inside-1": None}
