"""A tracker for Hugging Face Accelerate.

>>> accelerator = Accelerator(log_with=ThunderlineTracker(client.trial("trial_007", model_run_id="study")))
>>> accelerator.init_trackers("study", config={"lr": 0.1})
>>> accelerator.log({"loss": 0.5}, step=1)
>>> accelerator.end_training()

Only the main process reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accelerate.tracking import GeneralTracker, on_main_process

from thunderline.client.trial import Trial

__all__ = ["ThunderlineTracker"]


class ThunderlineTracker(GeneralTracker):  # type: ignore[misc]
    """Reports one trial, from `init_trackers` to `end_training`; a trial of a `with` block ends with the block."""

    name = "thunderline"
    requires_logging_directory = False
    main_process_only = True

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial
        self._owns = not trial.started

    @property
    def tracker(self) -> Trial:
        """The trial itself, for direct calls."""
        return self._trial

    @on_main_process
    def store_init_configuration(self, values: Mapping[str, Any]) -> None:
        self._trial.start()
        self._trial.log_hyperparams(values)

    @on_main_process
    def log(self, values: Mapping[str, Any], step: int | None = None, **_: Any) -> None:
        self._trial.start()
        self._trial.log_metrics(values, step)

    @on_main_process
    def finish(self) -> None:
        if self._owns:
            self._trial.start()
            self._trial.end()
