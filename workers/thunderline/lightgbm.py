"""A callback for LightGBM.

>>> with client.trial("trial_007", model_run_id="study") as trial:
...     lightgbm.train(params, data, valid_sets=[valid], callbacks=[ThunderlineCallback(trial)])

Metrics are named "valid_0/l2", at the number of the iteration. LightGBM does not notify its callbacks of the
end of training, so the `with` block, or `trial.end()`, ends the trial. Of several workers only rank zero reports.
"""

from __future__ import annotations

from typing import Any

from thunderline.client.ranks import is_launched_as_rank_zero
from thunderline.client.trial import Trial

__all__ = ["ThunderlineCallback"]


class ThunderlineCallback:
    """Reports the evaluation of every iteration, and LightGBM's parameters as hyperparameters."""

    # Before LightGBM's early stopping (30), which leaves the later callbacks of its last iteration uncalled.
    order = 20
    before_iteration = False

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._reports = trial.every_rank or is_launched_as_rank_zero()
        self._configured = False

    def __call__(self, env: Any) -> None:
        """`env`: LightGBM's `CallbackEnv` of the iteration."""
        if not self._reports:
            return
        if not self._configured:
            self._configured = True
            self._trial.start()
            self._trial.log_hyperparams(env.params)
        metrics = {}
        for data, metric, value, _higher_is_better, *deviation in env.evaluation_result_list or ():
            metrics[f"{data}/{metric}"] = value
            if deviation:
                metrics[f"{data}/{metric}-std"] = deviation[0]
        self._trial.log_metrics(metrics, env.iteration)
