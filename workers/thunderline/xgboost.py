"""A callback for XGBoost.

>>> xgboost.train(params, data, evals=[(valid, "valid")], callbacks=[ThunderlineCallback(trial, params)])

Metrics are named "valid/rmse", at the number of the iteration. XGBoost does not call callbacks when training raises:
use `with client.trial(...)` to have failures reported; without it the callback starts and ends the trial itself. Of
several workers only rank zero reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xgboost import collective
from xgboost.callback import TrainingCallback

from thunderline.client.trial import Trial

__all__ = ["ThunderlineCallback"]


class ThunderlineCallback(TrainingCallback):  # type: ignore[misc]
    """Reports the evaluation of every iteration; of a cross-validation the mean and deviation ("valid/rmse-std")."""

    def __init__(self, trial: Trial, params: Mapping[str, Any] | None = None) -> None:
        """`params`: the booster's parameters, reported as hyperparameters."""
        super().__init__()
        self._trial = trial
        self._params = params
        self._owns = False
        self._reports = True

    def before_training(self, model: Any) -> Any:
        self._reports = collective.get_rank() == 0
        if self._reports:
            self._owns = self._trial.start()
            if self._params is not None:
                self._trial.log_hyperparams(self._params)
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, list[Any]]]) -> bool:
        if self._reports:
            self._trial.log_metrics(_latest(evals_log), epoch)
        return False

    def after_training(self, model: Any) -> Any:
        if self._reports and self._owns:
            self._trial.end()
        return model


def _latest(evals_log: Mapping[str, Mapping[str, list[Any]]]) -> dict[str, float]:
    latest = {}
    for data, metrics in evals_log.items():
        for metric, values in metrics.items():
            value = values[-1]
            if isinstance(value, tuple):
                value, latest[f"{data}/{metric}-std"] = value
            latest[f"{data}/{metric}"] = value
    return latest
