"""A callback for Keras 3 and `tf.keras`.

>>> with client.trial("trial_007", model_run_id="study") as trial:
...     model.fit(x, y, callbacks=[ThunderlineCallback(trial)])

Keras does not call callbacks when training raises, so the `with` block is the way to have failures reported; without it
the callback starts and ends the trial itself. Of several processes only rank zero reports.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from thunderline.client.ranks import is_launched_as_rank_zero
from thunderline.client.trial import Trial

if "tensorflow" in sys.modules and "keras" not in sys.modules:
    from tensorflow.keras.callbacks import Callback
else:
    from keras.callbacks import Callback

__all__ = ["ThunderlineCallback"]


class ThunderlineCallback(Callback):  # type: ignore[misc]
    """Reports the logs of every epoch at the epoch's number, and of every n-th batch where `log_every_batches` is n."""

    def __init__(self, trial: Trial, *, log_every_batches: int | None = None) -> None:
        super().__init__()
        self._trial = trial
        self._every = log_every_batches
        self._owns = False
        self._batches = 0
        self._reports = trial.every_rank or is_launched_as_rank_zero()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        if not self._reports:
            return
        fit = {name: self.params[name] for name in ("epochs", "steps") if name in (self.params or {})}
        self._owns = self._trial.start()
        self._trial.log_hyperparams({"fit": fit})

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._batches += 1
        if self._reports and self._every and self._batches % self._every == 0:
            self._trial.log_metrics({f"batch/{name}": value for name, value in (logs or {}).items()}, self._batches)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self._reports:
            self._trial.log_metrics(logs or {}, epoch)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        if self._reports and self._owns:
            self._trial.end()
