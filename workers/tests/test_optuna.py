from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway
from thunderline.client.timestamps import as_epoch_ms
from thunderline.optuna import StudyCallback, optuna_trial

optuna = pytest.importorskip("optuna")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def objective(trial: Any) -> float:
    """One trial each way: complete, pruned, failed."""
    x: float = trial.suggest_float("x", 0, 1)
    trial.suggest_categorical("spectral_norm", [True])
    trial.report(x, step=3)
    if trial.number == 1:
        raise optuna.TrialPruned("hopeless")
    if trial.number == 2:
        raise ValueError("broken")
    return x


def test_the_callback_reports_each_ended_trial(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    study = optuna.create_study(study_name="study")
    study.optimize(objective, n_trials=3, catch=ValueError, callbacks=[StudyCallback(client, metrics=["loss"])])
    assert client.flush(20)
    ends = [event for event in gateway.accepted if event["event"] in ("ml.trial.complete", "ml.trial.failed")]
    complete, pruned, failed = ends
    first = study.trials[0]
    assert (complete["trial_id"], complete["model_run_id"]) == ("trial_000", "study")
    assert complete["metrics"] == {"loss": first.value}
    assert complete["hyperparams"] == {"x": first.params["x"], "spectral_norm": True}
    assert complete["spectral_norm"] is True
    assert complete["timestamp"] == as_epoch_ms(first.datetime_complete)
    assert (pruned["trial_id"], pruned["error_type"]) == ("trial_001", "pruned")
    assert (failed["trial_id"], failed["error_type"]) == ("trial_002", "failed")
    starts = [event for event in gateway.accepted if event["event"] == "ml.trial.start"]
    assert [event["timestamp"] for event in starts] == [as_epoch_ms(trial.datetime_start) for trial in study.trials]
    point = gateway.accepted[1]
    assert (point["measurements"], point["step"]) == ({"intermediate": first.params["x"]}, 3)


def test_a_trial_inside_the_objective_reports_its_end(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()

    def live_objective(trial: Any) -> float:
        with optuna_trial(client, trial) as live:
            live.log_metrics({"loss": 0.5}, 1)
            return objective(trial)

    study = optuna.create_study(study_name="study")
    study.optimize(live_objective, n_trials=3, catch=ValueError)
    assert client.flush(20)
    ends = {event["trial_id"]: event for event in gateway.accepted if "duration_ms" in event}
    assert ends["trial_000"]["event"] == "ml.trial.complete"
    assert ends["trial_000"]["hyperparams"]["x"] == study.trials[0].params["x"]
    assert ends["trial_000"]["spectral_norm"] is True
    assert (ends["trial_001"]["error_type"], ends["trial_001"]["error_message"]) == ("pruned", "hopeless")
    assert (ends["trial_002"]["error_type"], ends["trial_002"]["error_message"]) == ("ValueError", "broken")


def test_several_objectives_have_one_metric_each(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    study = optuna.create_study(study_name="study", directions=["minimize", "maximize"])
    study.optimize(lambda _: (1.0, 2.0), n_trials=1, callbacks=[StudyCallback(client)])
    assert client.flush(20)
    assert gateway.accepted[-1]["metrics"] == {"value_0": 1.0, "value_1": 2.0}


def test_a_watched_objective_keeps_its_error_and_passes_it_on(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    callback = StudyCallback(make_client())
    study = optuna.create_study(study_name="study")
    study.optimize(callback.watch(objective), n_trials=3, catch=ValueError, callbacks=[callback])

    def interrupted(_: Any) -> float:
        raise MemoryError("no room")

    with pytest.raises(MemoryError):
        study.optimize(callback.watch(interrupted), n_trials=1, callbacks=[callback])
    assert callback._client.flush(20)
    failed = {
        event["trial_id"]: (event["error_type"], event.get("error_message"))
        for event in gateway.accepted
        if event["event"] == "ml.trial.failed"
    }
    assert failed == {
        "trial_001": ("pruned", None),
        "trial_002": ("ValueError", "broken"),
        "trial_003": ("MemoryError", "no room"),
    }


def test_a_fixed_trial_needs_no_study(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(model_run_id="debugging")
    fixed = optuna.trial.FixedTrial({"x": 0.5, "spectral_norm": True})
    with optuna_trial(client, fixed) as live:
        live.log_metrics({"loss": objective(fixed)}, 0)
    assert client.flush(20)
    end = gateway.accepted[-1]
    assert (end["event"], end["trial_id"], end["model_run_id"]) == ("ml.trial.complete", "trial_000", "debugging")
    assert end["hyperparams"] == {"x": 0.5, "spectral_norm": True}


def test_ask_and_tell_and_a_resumed_study_report_their_trials(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    client = make_client()
    storage = optuna.storages.InMemoryStorage()
    for _ in range(2):
        study = optuna.create_study(study_name="study", storage=storage, load_if_exists=True)
        trial = study.ask()
        with optuna_trial(client, trial) as live:
            live.log_metrics({"loss": trial.suggest_float("x", 0, 1)}, 0)
        study.tell(trial, 0.5)
    assert client.flush(20)
    assert [event["trial_id"] for event in gateway.accepted if event["event"] == "ml.trial.complete"] == [
        "trial_000",
        "trial_001",
    ]
