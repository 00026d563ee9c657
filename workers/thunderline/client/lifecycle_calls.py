"""The calls of a client that report the start and the end of runs and trials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from thunderline.client.records import LifecycleName
from thunderline.client.values import as_state

Timestamp = float | str | date | datetime
RunState = Literal["completed", "failed", "cancelled"]


class LifecycleCalls(ABC):
    """One method an event; each only enqueues. Fields that cannot be read are left out and counted."""

    @abstractmethod
    def _put_lifecycle(self, event: LifecycleName, arguments: dict[str, Any]) -> None:
        """Enqueues an event; `arguments` are those of the call by name, and others among them are ignored."""

    def run_start(
        self,
        model_run_id: str | None = None,
        *,
        trial_id: str | None = None,
        hyperparams: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """`ml.run.start`: a run begins; with a `trial_id`, the run of that trial."""
        self._put_lifecycle("ml.run.start", locals())

    def run_stop(
        self,
        state: RunState | str = "completed",
        *,
        model_run_id: str | None = None,
        trial_id: str | None = None,
        metrics: Mapping[str, Any] | None = None,
        hyperparams: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        duration_ms: float | None = None,
        artifact_uri: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """`ml.run.stop`: a run ends; `metrics` are the final ones, `duration_ms` is in milliseconds.

        `state` may be any of the usual words ("success", "FAILED", "killed"). `run_stop("study-7")` is understood as
        `run_stop(model_run_id="study-7")`. Another word with a run beside it is a failure of that `error_type`.
        """
        arguments = locals()
        if as_state(state) is None:
            if model_run_id is None and trial_id is None:
                arguments |= {"state": "completed", "model_run_id": state}
            else:
                arguments |= {"state": "failed", "error_type": error_type or state}
        self._put_lifecycle("ml.run.stop", arguments)

    def trial_start(
        self,
        trial_id: str,
        *,
        model_run_id: str | None = None,
        hyperparams: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """`ml.trial.start`: a trial begins. With an `mlflow_run_id` Thunderline links that run and writes no metrics
        to it."""
        self._put_lifecycle("ml.trial.start", locals())

    def trial_complete(
        self,
        trial_id: str,
        *,
        model_run_id: str | None = None,
        metrics: Mapping[str, Any] | None = None,
        hyperparams: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        artifact_uri: str | None = None,
        duration_ms: float | None = None,
        rank: int | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """`ml.trial.complete`: a trial has its result; `duration_ms` is in milliseconds, `rank` counts from 1."""
        self._put_lifecycle("ml.trial.complete", locals())

    def trial_failed(
        self,
        trial_id: str,
        *,
        error_message: str | None = None,
        error_type: str | None = None,
        model_run_id: str | None = None,
        metrics: Mapping[str, Any] | None = None,
        hyperparams: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        duration_ms: float | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """`ml.trial.failed`: a trial ended without a result; the `error_type` "pruned" makes it skipped."""
        self._put_lifecycle("ml.trial.failed", locals())
