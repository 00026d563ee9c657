"""Ties a trial to the MLflow run that the training code itself logs to."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thunderline.client.trial import Trial

if TYPE_CHECKING:
    from thunderline.client.client import Client


def active_run_id() -> str | None:
    """The id of MLflow's active run in this thread; None where there is none. It never imports MLflow by itself: who
    has not imported it has no active run."""
    try:
        mlflow = sys.modules.get("mlflow")
        run = None if mlflow is None else mlflow.active_run()
        return None if run is None else str(run.info.run_id)
    except Exception:
        return None


def mlflow_trial(
    client: Client,
    trial_id: str,
    *,
    model_run_id: str | None = None,
    hyperparams: Mapping[str, Any] | None = None,
    spectral_norm: bool | None = None,
) -> Trial:
    """`client.trial` with the id of the active MLflow run: Thunderline links and tags that run and leaves its metrics
    to the code that logs them.

    >>> with mlflow.start_run(), mlflow_trial(client, "trial_007") as trial:
    ...     trial.log_metrics({"val_accuracy": 0.9}, step=1)
    """
    return client.trial(
        trial_id,
        model_run_id=model_run_id,
        hyperparams=hyperparams,
        spectral_norm=spectral_norm,
        mlflow_run_id=active_run_id(),
    )
