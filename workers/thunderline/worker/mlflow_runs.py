"""MLflow runs whose worker has ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from thunderline.client.values import as_text
from thunderline.worker.mlflow_log import BOUNDS

STATUSES = {"succeeded": "FINISHED", "skipped": "KILLED", "cancelled": "KILLED"}


def end_open_run(run_id: str, status: str, warn: Callable[[str], None]) -> None:
    """Ends a run that is still running, with the status of its trial. Does nothing without `MLFLOW_TRACKING_URI`."""
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        return
    try:
        for variable, value in BOUNDS.items():
            os.environ.setdefault(variable, value)
        import mlflow

        client = mlflow.MlflowClient()
        if client.get_run(run_id).info.status == "RUNNING":
            client.set_terminated(run_id, STATUSES.get(status, "FAILED"))
    except Exception as error:
        print(error, file=sys.stderr)  # noqa: T201  (the bridge keeps what workers print)
        warn(f"MLflow: {type(error).__name__}: {as_text(error, 500)}")
