"""Links trials to the MLflow runs that the training code itself logs to."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from thunderline.client.client import Client
from thunderline.client.trial import Trial

MAX_RUNS_KEPT = 10_000

_linked: dict[str, str] = {}
"""The trial that each MLflow run was linked to in this process, by the id of the run."""
_lock = threading.Lock()


def active_run_id() -> str | None:
    """The id of MLflow's innermost active run in this thread; None where there is none. It never imports MLflow: a
    program that has not imported it has no active run."""
    try:
        mlflow = sys.modules.get("mlflow")
        run = None if mlflow is None else mlflow.active_run()
        return None if run is None else str(run.info.run_id)
    except Exception:
        return None


class MlflowTrial(Trial):
    """A trial linked to the innermost MLflow run that is active while it runs.

    A run that another trial was linked to is their parent and is not linked. A run that starts inside the block (a
    nested one) replaces the one that was active before it.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._linked_runs: set[str] = set()

    def start(self) -> bool:
        self._link()
        return super().start()

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None, *, timestamp: Any = None) -> None:
        if self._link():
            self._report_start()
        super().log_metrics(metrics, step, timestamp=timestamp)

    def end(self, error: BaseException | None = None) -> None:
        if self.mlflow_run_id is None:
            self._link()
        super().end(error)

    def _link(self) -> bool:
        """Takes over the id of the active run; False where it stays as it is."""
        run_id = active_run_id()
        # A run that was active before a nested one is its parent, active again.
        if run_id is None or run_id in self._linked_runs:
            return False
        key = f"{self.model_run_id}/{self.trial_id}"
        with _lock:
            if _linked.setdefault(run_id, key) != key:
                return False
            if len(_linked) > MAX_RUNS_KEPT:
                _linked.pop(next(iter(_linked)))
        self._linked_runs.add(run_id)
        self.mlflow_run_id = run_id
        return True


def mlflow_trial(
    client: Client,
    trial_id: str,
    *,
    model_run_id: str | None = None,
    hyperparams: Mapping[str, Any] | None = None,
    spectral_norm: bool | None = None,
) -> Trial:
    """`client.trial`, linked to the MLflow run of this thread: Thunderline tags that run and leaves its metrics to the
    code that logs them.

    >>> with mlflow.start_run(), mlflow_trial(client, "trial_007") as trial:
    ...     trial.log_metrics({"val_accuracy": 0.9}, step=1)
    """
    return MlflowTrial(client, trial_id, model_run_id, hyperparams, spectral_norm, None)
