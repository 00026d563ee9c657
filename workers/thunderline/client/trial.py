"""A trial as a `with` block."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thunderline.client.client import Client

PRUNED = "pruned"


class Trial:
    """Starts with its block. Ends complete when the block ends, failed when it raises, skipped when Optuna prunes it.

    An exception passes through unchanged. Made by `Client.trial`.
    """

    def __init__(
        self,
        client: Client,
        trial_id: str,
        model_run_id: str | None,
        hyperparams: Mapping[str, Any] | None,
        spectral_norm: bool | None,
        mlflow_run_id: str | None,
    ) -> None:
        self._client = client
        self.trial_id = trial_id
        self.model_run_id = model_run_id
        self.hyperparams = hyperparams
        """What the search chose; read again at the end, for searches that choose while the trial runs."""
        self.spectral_norm = spectral_norm
        self.mlflow_run_id = mlflow_run_id
        self._began_s = time.monotonic()
        self._latest: dict[str, Any] = {}
        self._result: dict[str, Any] = {}

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Metric values of this trial, as `Client.log_metrics` takes them."""
        self._client.log_metrics(metrics, step, trial_id=self.trial_id, model_run_id=self.model_run_id)
        with suppress(Exception):
            self._latest.update(metrics)

    def set_result(
        self,
        metrics: Mapping[str, Any] | None = None,
        *,
        artifact_uri: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        rank: int | None = None,
    ) -> None:
        """What the trial ends with. Without `metrics` they are the latest value of each one logged."""
        given = {"metrics": metrics, "artifact_uri": artifact_uri, "parameters": parameters, "rank": rank}
        self._result.update((name, value) for name, value in given.items() if value is not None)

    def __enter__(self) -> Trial:
        self._began_s = time.monotonic()
        self._client.trial_start(self.trial_id, hyperparams=self.hyperparams, **self._subject())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        ending: dict[str, Any] = {
            "hyperparams": self.hyperparams,
            "duration_ms": (time.monotonic() - self._began_s) * 1000,
            "metrics": self._latest or None,
            **self._subject(),
        }
        if kind is None:
            self._client.trial_complete(self.trial_id, **(ending | self._result))
        else:
            error_type = PRUNED if _is_pruned(kind) else kind.__name__
            self._client.trial_failed(self.trial_id, error_type=error_type, error_message=_message(error), **ending)

    def _subject(self) -> dict[str, Any]:
        return {
            "model_run_id": self.model_run_id,
            "spectral_norm": self.spectral_norm,
            "mlflow_run_id": self.mlflow_run_id,
        }


def _is_pruned(kind: type[BaseException]) -> bool:
    """Whether it is optuna.TrialPruned, told without importing Optuna."""
    return any(c.__name__ == "TrialPruned" and c.__module__.startswith("optuna") for c in kind.__mro__)


def _message(error: BaseException | None) -> str:
    try:
        return str(error)
    except Exception:
        return type(error).__name__
