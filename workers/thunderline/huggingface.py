"""A callback for the Trainer of Hugging Face Transformers. Importing this module makes `report_to="thunderline"` work.

>>> import thunderline.huggingface
>>> TrainingArguments(report_to="thunderline", run_name="trial_007", ...)

or, with a trial of one's own, `Trainer(..., callbacks=[ThunderlineCallback(client.trial("trial_007"))])`. Only the
Trainer's world process zero reports.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback
from transformers.integrations import integration_utils

from thunderline.client.client import Client
from thunderline.client.trial import Trial

__all__ = ["ThunderlineCallback"]


class ThunderlineCallback(TrainerCallback):  # type: ignore[misc]
    """Reports the Trainer's logs at its global step, and its arguments as hyperparameters.

    Without a `trial` it makes a client from `$THUNDERLINE_URL` and `$THUNDERLINE_API_KEY`, and a trial named by
    `$CEREBROS_BRIDGE_TRIAL_ID`, else the Trainer's `run_name`, else its output directory; `$THUNDERLINE_RUN_ID` names
    the run. The Trainer does not call callbacks when training raises: use `with client.trial(...)` to have failures
    reported.
    """

    def __init__(self, trial: Trial | None = None) -> None:
        self._trial = trial
        self._owns = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if not state.is_world_process_zero:
            return
        trial = self._trial = self._trial or _trial_of(args)
        self._owns = trial.start()
        trial.log_hyperparams(args.to_sanitized_dict())

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        if state.is_world_process_zero and self._trial is not None:
            self._trial.start()
            self._trial.log_metrics(logs or {}, state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero and self._trial is not None and self._owns:
            self._trial.end()


def _trial_of(args: Any) -> Trial:
    name = os.environ.get("CEREBROS_BRIDGE_TRIAL_ID") or args.run_name or Path(args.output_dir).name
    return Client().trial(str(name), model_run_id=os.environ.get("THUNDERLINE_RUN_ID"))


integration_utils.INTEGRATION_TO_CALLBACK.setdefault("thunderline", ThunderlineCallback)
