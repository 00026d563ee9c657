"""Optuna trials as Thunderline trials: of the run named like the study, with ids such as "trial_007"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from thunderline.client.trial import PRUNED, Trial
from thunderline.mlflow import active_run_id

if TYPE_CHECKING:
    import optuna

    from thunderline.client.client import Client


def trial_id_of(number: int) -> str:
    return f"trial_{number:03d}"


@contextmanager
def optuna_trial(client: Client, trial: optuna.Trial, *, model_run_id: str | None = None) -> Iterator[Trial]:
    """For the inside of an objective: live metrics while the trial runs, and its end, pruned ones included.

    >>> def objective(trial):
    ...     with optuna_trial(client, trial) as live:
    ...         live.log_metrics({"val_accuracy": 0.9}, step=1)

    The parameters Optuna suggested are those at the end of the block; a parameter named `spectral_norm` is the flag.
    """
    run = model_run_id or trial.study.study_name
    params = dict(trial.params)
    with client.trial(
        trial_id_of(trial.number),
        model_run_id=run,
        hyperparams=params,
        spectral_norm=params.get("spectral_norm"),
        mlflow_run_id=active_run_id(),
    ) as live:
        try:
            yield live
        finally:
            with suppress(Exception):
                live.hyperparams = dict(trial.params)
                live.spectral_norm = live.hyperparams.get("spectral_norm")
                live.mlflow_run_id = live.mlflow_run_id or active_run_id()


class StudyCallback:
    """For `study.optimize(..., callbacks=[StudyCallback(client)])`: reports each trial once it has ended.

    It needs nothing of the objective. `metrics` names the objective values, default Optuna's metric names, else "value"
    or "value_0", "value_1", ...; intermediate values become the metric series `intermediate`.
    """

    def __init__(self, client: Client, *, model_run_id: str | None = None, metrics: list[str] | None = None) -> None:
        self._client = client
        self._model_run_id = model_run_id
        self._metrics = metrics

    def __call__(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        with suppress(Exception):
            self._report(study, trial)

    def _report(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        trial_id = trial_id_of(trial.number)
        subject: dict[str, Any] = {
            "model_run_id": self._model_run_id or study.study_name,
            "spectral_norm": trial.params.get("spectral_norm"),
            "hyperparams": trial.params,
        }
        run = subject["model_run_id"]
        self._client.trial_start(trial_id, timestamp=trial.datetime_start, **subject)
        for step, value in trial.intermediate_values.items():
            self._client.log_metrics({"intermediate": value}, step, trial_id=trial_id, model_run_id=run)
        ending = subject | {"timestamp": trial.datetime_complete, "duration_ms": _milliseconds(trial.duration)}
        if trial.state.name == "COMPLETE":
            metrics = dict(zip(self._names(study, len(trial.values)), trial.values, strict=True))
            self._client.trial_complete(trial_id, metrics=metrics, **ending)
        elif trial.state.name == "PRUNED":
            self._client.trial_failed(trial_id, error_type=PRUNED, **ending)
        elif trial.state.name == "FAIL":
            reason = trial.system_attrs.get("fail_reason")
            self._client.trial_failed(trial_id, error_type="failed", error_message=reason, **ending)

    def _names(self, study: optuna.Study, count: int) -> list[str]:
        names = self._metrics or getattr(study, "metric_names", None)
        if names is not None and len(names) == count:
            return list(names)
        return ["value"] if count == 1 else [f"value_{index}" for index in range(count)]


def _milliseconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds() * 1000
