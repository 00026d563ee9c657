"""The trial that training code gets."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thunderline.client.bridge_call import CALL
from thunderline.client.client import Client
from thunderline.client.values import as_number, as_step, as_text
from thunderline.worker.bridge import Bridge
from thunderline.worker.call import Call
from thunderline.worker.mlflow_log import MlflowLog
from thunderline.worker.results import trial_result
from thunderline.worker.upload import upload, uploads_are_possible


class TrialPruned(Exception):
    """Raised by training code to end a trial that its study has given up; `optuna.TrialPruned` does the same."""


@functools.cache
def client() -> Client:
    """The client of this process, made by the first trial that reports something."""
    return Client()


class LiveTrial:
    """A trial that runs: its parameters, and where its metrics go. No call fails or long delays the training, but for
    `save_checkpoint`, which uploads.

    The event that ends the trial is left to the bridge, which decides which attempt of a trial counts.
    """

    def __init__(self, call: Call, bridge: Bridge) -> None:
        self.run_id = call.run_id
        self.trial_id = call.trial_id or ""
        self.attempt = call.attempt
        self.correlation_id = call.correlation_id
        self.hyperparams: Mapping[str, Any] = call.payload.get("hyperparams") or {}
        """The values that the search chose."""
        self.parameters: Mapping[str, Any] = call.payload.get("parameters") or {}
        """The `payload` of the command, unchanged."""
        self.spectral_norm = as_contract_flag(call.payload.get("spectral_norm", self.hyperparams.get("spectral_norm")))
        self.artifact_uri: str | None = None
        self.warnings: list[str] = []
        self._bridge = bridge
        self._mlflow: MlflowLog | None = None
        self._latest: dict[str, Any] = {}
        self._started_s = time.monotonic()
        self._prune = False

    def start(self) -> None:
        """Reports the start of the trial, and opens its MLflow run if the command has `mlflow` in its payload: true, or
        an object with the name of an `experiment`, by default the id of the run."""
        told = self.parameters.get("mlflow")
        if told:
            experiment = told.get("experiment") if isinstance(told, Mapping) else None
            self._mlflow = MlflowLog(str(experiment or self.run_id), self.warn)
            tags = {
                "trial_id": self.trial_id,
                "model_run_id": self.run_id,
                "constraint_method": "spectral_norm" if self.spectral_norm else "none",
            }
            self._mlflow.start(
                f"trial-{self.trial_id}", tags, {**self.hyperparams, "spectral_norm": self.spectral_norm}
            )
        client().trial_start(
            self.trial_id,
            model_run_id=self.run_id,
            hyperparams=self.hyperparams,
            spectral_norm=self.spectral_norm,
            mlflow_run_id=self.mlflow_run_id,
        )

    @property
    def mlflow_run_id(self) -> str | None:
        return None if self._mlflow is None else self._mlflow.run_id

    def log_metrics(self, metrics: Mapping[str, Any], step: int) -> None:
        """Metric values by name at a step, sent while the trial runs. The latest value of each name is the result of a
        trial that returns none."""
        self._latest.update(metrics)
        client().log_metrics(metrics, step, trial_id=self.trial_id, model_run_id=self.run_id)
        if self._mlflow is not None:
            self._mlflow.log_metrics(metrics, step)

    def report(self, value: float, step: int) -> None:
        """Passes an intermediate value of the objective to the study, which may prune the trial: see `should_prune`."""
        number, at = as_number(value), as_step(step)
        if number is None or at is None:
            self.warn(f"report: {as_text(value, 100)} at step {as_text(step, 100)} is not a number at a step >= 0")
        # A study compares no NaN with the values of other trials.
        elif not math.isnan(number):
            self._prune = self._bridge.report(at, number) or self._prune

    def should_prune(self) -> bool:
        """Whether the study has given the trial up; raise `TrialPruned` then."""
        return self._prune

    def warn(self, message: str) -> None:
        """Adds a warning to the result. The trial continues."""
        self.warnings.append(as_text(message))

    def save_checkpoint(self, path: Path | str) -> None:
        """Uploads a file with the trained model to Thunderline, whose address becomes the trial's `artifact_uri`, and
        to the trial's MLflow run if it has one. Blocks until it is stored; the upload to Thunderline gives up before
        the attempt has no time left. A failure is a warning of the result."""
        file = Path(path)
        if uploads_are_possible():
            try:
                self.artifact_uri = upload(file, self.run_id, self.trial_id, self.attempt, CALL.time_left_s())
            except Exception as error:
                self.warn(f"The checkpoint {file.name} is not stored: {type(error).__name__}: {error}")
        if self._mlflow is not None:
            self._mlflow.log_artifact(file)

    def result(self, status: str, metrics: Any = None) -> dict[str, Any]:
        """Ends the MLflow run; the result as the bridge reads it. `metrics`: what the training returned."""
        if self._mlflow is not None:
            self._mlflow.end({"succeeded": "FINISHED", "skipped": "KILLED"}.get(status, "FAILED"))
        if metrics is None:
            metrics = self._latest
        elif not isinstance(metrics, Mapping):
            metrics = {"value": metrics}
        return trial_result(
            self.trial_id,
            status,
            spectral_norm=self.spectral_norm,
            mlflow_run_id=self.mlflow_run_id,
            metrics=metrics,
            parameters=self.hyperparams,
            duration_ms=(time.monotonic() - self._started_s) * 1000,
            artifact_uri=self.artifact_uri,
            warnings=self.warnings,
        )


def as_contract_flag(value: Any) -> bool:
    """A boolean of a contract of version 1: true, "true" and 1 are true, anything else is false."""
    return value is True or value == "true" or (value == 1 and not isinstance(value, bool))


def is_pruned(error: BaseException) -> bool:
    """Whether it is `TrialPruned` of this package or of Optuna, decided without importing Optuna."""
    return any(kind.__name__ == "TrialPruned" for kind in type(error).__mro__)
