from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_gateway import ScriptedGateway
from tests.worker.conftest import Serve
from tests.worker.processes import CEREBROS_SERVICE, result_of_run, run_once

pytest.importorskip("numpy", reason="the worker's default models need numpy")


def trial_of(payload: dict[str, Any], **environment: str) -> Any:
    (trial,) = result_of_run(CEREBROS_SERVICE, "run_trial", {"trial_id": "t1", **payload}, **environment)["trials"]
    return trial


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_a_trial_learns_and_its_layers_are_constrained_when_asked(spectral_norm: bool) -> None:
    metrics = trial_of({"spectral_norm": spectral_norm, "hyperparams": {"seed": 1}})["metrics"]
    assert metrics["val_accuracy"] > 0.6
    if spectral_norm:
        assert metrics["largest_singular_value"] == pytest.approx(1, abs=0.02)
    else:
        assert metrics["largest_singular_value"] > 1.5


def test_the_same_hyperparameters_give_the_same_result() -> None:
    payload = {"spectral_norm": True, "hyperparams": {"seed": 3, "learning_rate": 0.1}, "parameters": {"epochs": 2}}
    assert trial_of(payload)["metrics"] == trial_of(payload)["metrics"]


def test_a_trial_reports_its_start_and_each_epoch_while_it_runs(gateway: ScriptedGateway, tmp_path: Path) -> None:
    payload = {"spectral_norm": True, "hyperparams": {"learning_rate": 0.05}, "parameters": {"epochs": 3}}
    environment = {"THUNDERLINE_MODE": "online", "THUNDERLINE_URL": gateway.url}
    trial = trial_of(payload, THUNDERLINE_SPOOL_DIR=str(tmp_path), **environment)
    start, *points = gateway.accepted
    assert (start["event"], start["model_run_id"], start["trial_id"]) == ("ml.trial.start", "study", "t1")
    assert (start["hyperparams"], start["spectral_norm"]) == ({"learning_rate": 0.05}, True)
    assert [(point["event"], point["step"]) for point in points] == [("ml.run.metric", step) for step in range(3)]
    assert points[-1]["measurements"]["val_accuracy"] == trial["metrics"]["val_accuracy"]


def test_a_trial_without_epochs_does_nothing() -> None:
    trial = trial_of({"hyperparams": {"x": 1}, "parameters": {"epochs": 0}})
    assert (trial["status"], trial["metrics"], trial["parameters"]) == ("succeeded", {}, {"x": 1})


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("epochs", -1, "epochs must be an integer from 0 to 1000000, got -1"),
        ("n_layers", 2.5, "n_layers must be an integer from 1 to 100, got 2.5"),
        ("learning_rate", "fast", "learning_rate must be a number above 0, got fast"),
        ("learning_rate", 0, "learning_rate must be a number above 0, got 0"),
        ("backend", "theano", "backend must be one of numpy, torch, keras, got theano"),
    ],
)
def test_a_run_with_a_bad_setting_does_not_start(setting: str, value: Any, message: str) -> None:
    ended = run_once(CEREBROS_SERVICE, "start_run", {"parameters": {setting: value}})
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == f"ValueError: {message}"


def test_a_run_is_warned_of_parameters_that_change_nothing() -> None:
    space: dict[str, Any] = {"learning_rate": {}, "spectral_norm": {}, "dropout": {}}
    started = result_of_run(CEREBROS_SERVICE, "start_run", {"search_space": space})
    assert started["warnings"] == ["dropout is searched, but this worker does not use it"]


def test_no_library_is_imported_that_the_trial_does_not_need() -> None:
    payload = {"trial_id": "t1", "parameters": {"epochs": 0}}
    ended = run_once(CEREBROS_SERVICE, "run_trial", payload, PYTHONPROFILEIMPORTTIME="1")
    imported = {
        line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines() if line.startswith("import time:")
    }
    assert "thunderline.worker.training" in imported
    assert not imported & {"numpy", "torch", "keras", "mlflow", "optuna"}


def test_a_served_worker_trains_many_trials_and_prunes(serve: Serve) -> None:
    worker = serve(CEREBROS_SERVICE)
    worker.command("c1", payload={"trial_id": "t1", "spectral_norm": 1, "parameters": {"epochs": 2}})
    for step in range(2):
        assert worker.read()["report"]["step"] == step
        worker.send({"prune": False})
    assert worker.trial()["status"] == "succeeded"
    worker.command("c2", payload={"trial_id": "t2", "parameters": {"epochs": 5}}, trial_id="t2")
    worker.read()
    worker.send({"prune": True})
    trial = worker.trial()
    assert (trial["trial_id"], trial["status"]) == ("t2", "skipped")


class TestMlflow:
    @pytest.fixture
    def mlflow(self) -> Any:
        return pytest.importorskip("mlflow", reason="logging to MLflow needs mlflow-skinny")

    def test_a_trial_is_logged_when_the_command_says_so(self, mlflow: Any, tmp_path: Path) -> None:
        uri = f"sqlite:///{tmp_path}/mlflow.db"
        client = mlflow.MlflowClient(uri)
        client.create_experiment("study", artifact_location=f"file://{tmp_path}/artifacts")
        payload = {
            "spectral_norm": True,
            "hyperparams": {"learning_rate": 0.05},
            "parameters": {"epochs": 3, "mlflow": True},
        }
        trial = trial_of(payload, MLFLOW_TRACKING_URI=uri)
        assert trial["warnings"] == []
        run = client.get_run(trial["mlflow_run_id"])
        assert run.info.status == "FINISHED"
        assert run.data.params == {"learning_rate": "0.05", "spectral_norm": "True"}
        assert run.data.tags["trial_id"] == "t1"
        assert run.data.tags["model_run_id"] == "study"
        assert run.data.tags["constraint_method"] == "spectral_norm"
        history = client.get_metric_history(run.info.run_id, "val_accuracy")
        assert [metric.step for metric in history] == [0, 1, 2]
        assert history[-1].value == trial["metrics"]["val_accuracy"]
        assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["model.npz"]

    def test_the_start_event_names_the_run(self, mlflow: Any, gateway: ScriptedGateway, tmp_path: Path) -> None:
        uri = f"sqlite:///{tmp_path}/mlflow.db"
        mlflow.MlflowClient(uri).create_experiment("other", artifact_location=f"file://{tmp_path}/artifacts")
        trial = trial_of(
            {"parameters": {"epochs": 1, "mlflow": {"experiment": "other"}}},
            MLFLOW_TRACKING_URI=uri,
            THUNDERLINE_MODE="online",
            THUNDERLINE_URL=gateway.url,
            THUNDERLINE_SPOOL_DIR=str(tmp_path),
        )
        assert gateway.accepted[0]["mlflow_run_id"] == trial["mlflow_run_id"]

    def test_a_trial_goes_on_without_mlflow(self, mlflow: Any) -> None:
        del mlflow
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        # Nothing listens there now.
        trial = trial_of({"parameters": {"epochs": 1, "mlflow": True}}, MLFLOW_TRACKING_URI=f"http://127.0.0.1:{port}")
        assert trial["status"] == "succeeded"
        assert "val_accuracy" in trial["metrics"]
        (warning,) = trial["warnings"]
        assert warning.startswith("MLflow: ")

    def test_a_run_that_a_killed_worker_left_open_is_ended(self, mlflow: Any, tmp_path: Path) -> None:
        uri = f"sqlite:///{tmp_path}/mlflow.db"
        client = mlflow.MlflowClient(uri)
        experiment = client.create_experiment("study")
        left, ended = (client.create_run(experiment).info.run_id for _ in range(2))
        client.set_terminated(ended, "FINISHED")
        for run_id in (left, ended):
            payload = {"trial_id": "t1", "mlflow_run_id": run_id}
            environment = {"MLFLOW_TRACKING_URI": uri, "CEREBROS_BRIDGE_STATUS": "failed"}
            (trial,) = result_of_run(CEREBROS_SERVICE, "record_trial", payload, **environment)["trials"]
            assert (trial["status"], trial["mlflow_run_id"], trial["warnings"]) == ("failed", run_id, [])
        assert client.get_run(left).info.status == "FAILED"
        assert client.get_run(ended).info.status == "FINISHED"
