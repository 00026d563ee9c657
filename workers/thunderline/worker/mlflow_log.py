"""Logging of one trial to MLflow, which must never fail or long delay the trial."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from thunderline.client.values import as_number, as_text

MAX_BUFFERED_METRICS = 500
MAX_BUFFERED_S = 1.0
MAX_PARAM_CHARACTERS = 6_000

BOUNDS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""MLflow's own defaults repeat a request for minutes while its server is unavailable."""

Warn = Callable[[str], None]


class MlflowLog:
    """A run of MLflow for one trial. The first call that fails is passed to `warn`, and ends the logging."""

    def __init__(self, experiment: str, warn: Warn) -> None:
        self._experiment = experiment
        self._warn = warn
        self._client: Any = None
        self._failed = False
        self._buffer: list[Any] = []
        self._flushed_s = time.monotonic()
        self.run_id: str | None = None

    def start(self, name: str, tags: Mapping[str, str], params: Mapping[str, Any]) -> None:
        """Imports MLflow, which takes seconds, and creates the run."""

        def create() -> None:
            for variable, value in BOUNDS.items():
                os.environ.setdefault(variable, value)
            if not os.environ.get("MLFLOW_TRACKING_URI"):
                raise RuntimeError("MLFLOW_TRACKING_URI is not set")
            import mlflow

            self._client = mlflow.MlflowClient()
            experiment_id = experiment_id_of(self._client, self._experiment)
            run = self._client.create_run(experiment_id, run_name=name, tags=dict(tags))
            self.run_id = run.info.run_id
            entities = mlflow.entities
            values = [entities.Param(key, as_text(value, MAX_PARAM_CHARACTERS)) for key, value in params.items()]
            self._client.log_batch(self.run_id, params=values)

        self._attempt(create)

    def log_metrics(self, metrics: Mapping[str, Any], step: int) -> None:
        """Collects metrics and sends them at most once a second: a request takes as long as a small epoch."""
        if self._failed:
            return
        import mlflow

        now_ms = time.time_ns() // 1_000_000
        for name, value in metrics.items():
            number = as_number(value)
            if number is not None:
                self._buffer.append(mlflow.entities.Metric(name, number, now_ms, step))
        if len(self._buffer) >= MAX_BUFFERED_METRICS or time.monotonic() - self._flushed_s > MAX_BUFFERED_S:
            self._attempt(self._flush)

    def log_artifact(self, path: Path) -> None:
        self._attempt(lambda: self._client.log_artifact(self.run_id, str(path)))

    def end(self, status: str) -> None:
        """`status`: FINISHED, FAILED or KILLED."""
        self._attempt(self._flush)
        self._attempt(lambda: self._client.set_terminated(self.run_id, status))

    def _flush(self) -> None:
        batch, self._buffer = self._buffer[:MAX_BUFFERED_METRICS], self._buffer[MAX_BUFFERED_METRICS:]
        while batch:
            self._client.log_batch(self.run_id, metrics=batch)
            batch, self._buffer = self._buffer[:MAX_BUFFERED_METRICS], self._buffer[MAX_BUFFERED_METRICS:]
        self._flushed_s = time.monotonic()

    def _attempt(self, call: Callable[[], None]) -> None:
        if self._failed:
            return
        try:
            call()
        except Exception as error:
            self._failed = True
            self._buffer.clear()
            self._warn(f"MLflow: {type(error).__name__}: {as_text(error, 500)}")


def experiment_id_of(client: Any, name: str) -> str:
    """The id of the experiment with that name; two processes may ask at the same time, and only one can create it."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    try:
        return str(client.create_experiment(name))
    except MlflowException:
        created = client.get_experiment_by_name(name)
        if created is None:
            raise
        return str(created.experiment_id)
