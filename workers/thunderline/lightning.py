"""A logger for Lightning, of `lightning` and of `pytorch_lightning`.

>>> trainer = Trainer(logger=ThunderlineLogger(client.trial("trial_007", model_run_id="study")))

The trial starts with the first fit and ends as each of fit, validate and test ends; inside a `with client.trial(...)`
block it ends with the block. Under DDP only rank zero reports.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from thunderline.client.trial import Trial

if "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules:
    from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
    from pytorch_lightning.utilities.rank_zero import rank_zero_only
else:
    from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
    from lightning.pytorch.utilities.rank_zero import rank_zero_only

__all__ = ["ThunderlineLogger"]


class ThunderlineLogger(Logger):  # type: ignore[misc]
    """Reports one trial: metrics at Lightning's global step, hyperparameters, and how the trainer ended."""

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial
        self._owns = not trial.started

    @property
    def name(self) -> str:
        return self._trial.model_run_id or "thunderline"

    @property
    def version(self) -> str:
        return self._trial.trial_id

    @property
    @rank_zero_experiment
    def experiment(self) -> Trial:
        """The trial itself, for direct calls."""
        return self._trial

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self._trial.start()
        self._trial.log_metrics(metrics, step)

    @rank_zero_only
    def log_hyperparams(self, params: Any, *_: Any, **__: Any) -> None:
        self._trial.start()
        self._trial.log_hyperparams(params)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        if not self._owns:
            return
        self._trial.start()
        # Lightning calls this while it handles the exception that ended the fit.
        error = None if status == "success" else sys.exc_info()[1] or RuntimeError(f"Lightning ended as {status}")
        self._trial.end(error)
