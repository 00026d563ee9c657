"""Optuna trials as Thunderline trials: of the run named like the study, with ids such as "trial_007".

Works with `n_jobs`, ask-and-tell, studies that are resumed, and `FixedTrial`.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from thunderline.client.trial import PRUNED, Trial
from thunderline.mlflow import MlflowTrial

if TYPE_CHECKING:
    import optuna

    from thunderline.client.client import Client

MAX_ERRORS_KEPT = 10_000


def trial_id_of(number: int) -> str:
    return f"trial_{number:03d}"


@contextmanager
def optuna_trial(client: Client, trial: optuna.trial.BaseTrial, *, model_run_id: str | None = None) -> Iterator[Trial]:
    """Reports a trial from inside the objective: live metrics while it runs, and its end, pruned ones included.

    >>> def objective(trial):
    ...     with optuna_trial(client, trial) as live:
    ...         live.log_metrics({"val_accuracy": 0.9}, step=1)

    The hyperparameters are those that Optuna suggested by the end of the block; one named `spectral_norm` is the flag.
    """
    study = getattr(trial, "study", None)
    run = model_run_id or getattr(study, "study_name", None)
    params = dict(trial.params)
    live = MlflowTrial(client, trial_id_of(trial.number), run, params, params.get("spectral_norm"), None)
    with live:
        try:
            yield live
        finally:
            with suppress(Exception):
                live.hyperparams = {**(live.hyperparams or {}), **trial.params}
                live.spectral_norm = trial.params.get("spectral_norm", live.spectral_norm)


class StudyCallback:
    """Reports each trial of a study once it has ended; it needs nothing of the objective.

    >>> callback = StudyCallback(client)
    >>> study.optimize(callback.watch(objective), callbacks=[callback])

    Optuna keeps no error of a failed trial, and calls no callback for an exception outside `catch`: `watch` reports
    both. `metrics` names the objective values, default Optuna's metric names, else "value" or "value_0", "value_1" and
    so on; intermediate values become the metric series `intermediate`.
    """

    def __init__(self, client: Client, *, model_run_id: str | None = None, metrics: list[str] | None = None) -> None:
        self._client = client
        self._model_run_id = model_run_id
        self._metrics = metrics
        self._errors: dict[tuple[str, int], BaseException] = {}
        self._lock = threading.Lock()

    def watch(self, objective: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The same objective, whose exceptions are reported at once and pass through unchanged."""

        @functools.wraps(objective)
        def watched(trial: Any) -> Any:
            try:
                return objective(trial)
            except BaseException as error:
                with suppress(Exception):
                    self._report_error(trial, error)
                raise

        return watched

    def __call__(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        with suppress(Exception):
            self._report(study, trial)

    def _report_error(self, trial: Any, error: BaseException) -> None:
        if type(error).__name__ == "TrialPruned":
            return
        with self._lock:
            self._errors[(trial.study.study_name, trial.number)] = error
            if len(self._errors) > MAX_ERRORS_KEPT:
                self._errors.pop(next(iter(self._errors)))
        self._client.trial_failed(
            trial_id_of(trial.number), hyperparams=trial.params, **self._subject(trial.study, trial), **_error(error)
        )

    def _report(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        trial_id = trial_id_of(trial.number)
        subject = {**self._subject(study, trial), "hyperparams": trial.params}
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
            with self._lock:
                error = self._errors.pop((study.study_name, trial.number), None)
            reason: dict[str, Any] = {"error_type": "failed"} if error is None else _error(error)
            self._client.trial_failed(trial_id, **reason, **ending)

    def _subject(self, study: optuna.Study, trial: Any) -> dict[str, Any]:
        return {
            "model_run_id": self._model_run_id or study.study_name,
            "spectral_norm": trial.params.get("spectral_norm"),
        }

    def _names(self, study: optuna.Study, count: int) -> list[str]:
        names = self._metrics or getattr(study, "metric_names", None)
        if names is not None and len(names) == count:
            return list(names)
        return ["value"] if count == 1 else [f"value_{index}" for index in range(count)]


def _error(error: BaseException) -> dict[str, Any]:
    return {"error_type": type(error).__name__, "error_message": str(error)}


def _milliseconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds() * 1000
