"""A trial as a `with` block."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from thunderline.client import open_trials, preemption
from thunderline.client.bridge_call import CALL
from thunderline.client.deferred_signals import DeferredSignals
from thunderline.client.exceptions import is_cancellation, is_pruned, is_success, message_of
from thunderline.client.fields import converted, final_metrics_of, parameters_of
from thunderline.client.ranks import is_rank_zero_of_group
from thunderline.client.silence import Silence
from thunderline.client.trial_calls import TrialCalls
from thunderline.client.uncopied import Uncopied
from thunderline.client.values import as_text

PRUNED = "pruned"
PREEMPTED = "preempted"
INTERRUPTED = "interrupted"

MAX_NAMES_KEPT = 10_000
"""The latest values of so many metrics are kept for the end of a trial, which reports fewer."""


class Trial(Uncopied):
    """Starts with its block. Ends completed when the block ends, failed when it raises, skipped when Optuna prunes it,
    and cancelled by Ctrl-C; `sys.exit(0)` inside the block completes it.

    Under a bridge the block sends no end: the bridge, which decides which of several attempts counts, reports it.
    An exception passes through unchanged. Every value is read at the call: a later change of an array or a tensor
    changes nothing. Of the processes that train one model together, only rank zero reports the trial. Made by
    `Client.trial`.
    """

    def __init__(
        self,
        client: TrialCalls,
        trial_id: str,
        model_run_id: str | None,
        hyperparams: Mapping[str, Any] | None,
        spectral_norm: bool | None,
        mlflow_run_id: str | None,
        every_rank: bool = False,
    ) -> None:
        self._client = client
        self.trial_id = trial_id
        self.model_run_id = model_run_id
        self.spectral_norm = spectral_norm
        self.mlflow_run_id = mlflow_run_id
        self._hyperparams: Any = None
        self.hyperparams = hyperparams
        self._started_s = time.monotonic()
        self._latest: dict[str, float] = {}
        self._result: dict[str, Any] = {}
        self._cancelled: tuple[str, str | None] | None = None
        self._reported: dict[str, Any] | None = None
        self._entered = False
        self.started = False
        self.ended = False
        """Whether the event that ends the trial was enqueued, or left to the bridge."""
        self._changed = True
        self.every_rank = every_rank
        """Whether the trial is reported by processes of any rank."""

    @property
    def hyperparams(self) -> Mapping[str, Any] | None:
        """The values the search chose, as JSON; assigning reads them at once, and the trial's end reports them."""
        hyperparams: Mapping[str, Any] | None = self._hyperparams
        return hyperparams

    @hyperparams.setter
    def hyperparams(self, hyperparams: Mapping[str, Any] | None) -> None:
        try:
            self._hyperparams = (
                None if hyperparams is None else parameters_of("hyperparams", hyperparams, self._client.on_loss)
            )
        except Exception as error:
            self._client.lose_call("hyperparams", error)

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None, *, timestamp: Any = None) -> None:
        """Metric values of this trial, as `Client.log_metrics` takes them."""
        try:
            measurements = dict(metrics)
            for value in measurements.values():
                if type(value) is not float:
                    measurements = converted(measurements, self._client.on_loss)
                    break
            self._latest.update(measurements)
            if len(self._latest) > MAX_NAMES_KEPT:
                self._forget_newest()
            self._changed = True
            self._client.put_measurements(measurements, step, self.trial_id, self.model_run_id, timestamp)
        except Exception as error:
            self._client.lose_call("log_metrics", error)

    def log_hyperparams(self, hyperparams: Any) -> None:
        """Adds hyperparameters that were chosen after the start; a mapping, dataclass, Namespace or config object."""
        try:
            more: Any = parameters_of("hyperparams", hyperparams, self._client.on_loss)
            self._hyperparams = {**(self._hyperparams or {}), **more}
            self._report_start()
        except Exception as error:
            self._client.lose_call("log_hyperparams", error)

    def set_result(
        self,
        metrics: Mapping[str, Any] | float | None = None,
        *,
        artifact_uri: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        rank: int | None = None,
    ) -> None:
        """The trial's result. Without `metrics` it is the latest value of each metric logged; a single number is the
        metric "value"."""
        try:
            on_loss = self._client.on_loss
            given = {
                "metrics": None if metrics is None else final_metrics_of("metrics", metrics, on_loss),
                "artifact_uri": None if artifact_uri is None else as_text(artifact_uri, 2**20),
                "parameters": None if parameters is None else parameters_of("parameters", parameters, on_loss),
                "rank": rank,
            }
            self._result.update((name, value) for name, value in given.items() if value is not None)
            self._changed = True
        except Exception as error:
            self._client.lose_call("set_result", error)

    def upload_artifact(
        self, path: str | os.PathLike[str], name: str | None = None, *, timeout: float = 600.0
    ) -> str | None:
        """Uploads a file of this trial, such as a checkpoint, and returns its address; see `Client.upload_artifact`."""
        return self._client.upload_artifact(
            path, name, trial_id=self.trial_id, model_run_id=self.model_run_id, timeout=timeout
        )

    def cancelled(self, reason: str | None = None, *, error_type: str = "cancelled") -> None:
        """Makes the trial end as cancelled when its block ends, whatever else happens in it."""
        self._cancelled = (error_type, None if reason is None else as_text(reason))

    def start(self) -> bool:
        """Sends the event that starts the trial, once, for programs that do not use the `with` block. False: it had
        started before."""
        with DeferredSignals():
            if self.started:
                return False
            self.started = True
            if not self.every_rank and not is_rank_zero_of_group():
                self._client = Silence()
            # Ctrl-C between two instructions can leave a block without its `__exit__`; the exit then ends the trial.
            open_trials.add(self, kept=self._entered)
            preemption.install()
            self._started_s = time.monotonic()
            self._report_start()
            return True

    def end(self, error: BaseException | None = None) -> None:
        """Sends the event that ends the trial: completed, or as `error` says. Again only after new metrics or results,
        so that a framework that ends its loggers after fitting and after testing reports both."""
        # Ctrl-C waits for the event that ends the trial.
        with DeferredSignals():
            self._end(error)

    def preempt(self) -> None:
        """Ends the trial as cancelled because the process is being stopped, unless it has ended."""
        if self.started and not self.ended:
            self.cancelled("the process received SIGTERM", error_type=PREEMPTED)
            self.end()

    def abandon(self) -> None:
        """Ends the trial as cancelled because the process ends inside its block."""
        if self._entered and self.started and not self.ended:
            self.cancelled("the process ended inside the block of the trial", error_type=INTERRUPTED)
            self.end()

    def is_of(self, client: object) -> bool:
        """Whether the trial reports through this client."""
        return self._client is client

    def __enter__(self) -> Trial:
        self._entered = True
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if not self.ended or self._cancelled is None:
            self.end(error)

    def _end(self, error: BaseException | None) -> None:
        if not self._changed:
            return
        self._changed = False
        self.ended = True
        open_trials.remove(self)
        CALL.read()
        if CALL.ends(self.trial_id):
            # The end would have reported what became known after the start.
            if self._reported != self._start_fields():
                self._report_start()
            return
        kind = None if error is None else type(error)
        ending: dict[str, Any] = {
            "hyperparams": self._hyperparams,
            "duration_ms": (time.monotonic() - self._started_s) * 1000,
            "metrics": self._latest or None,
            **self._subject(),
        }
        if self._cancelled is None and kind is not None and is_cancellation(kind):
            self._cancelled = (kind.__name__, message_of(error))
        if self._cancelled is not None:
            error_type, reason = self._cancelled
            self._client.run_stop(
                "cancelled", trial_id=self.trial_id, error_type=error_type, error_message=reason, **ending
            )
        elif kind is None or is_success(error):
            self._client.trial_complete(self.trial_id, **(ending | self._result))
        else:
            error_type = PRUNED if is_pruned(kind) else kind.__name__
            self._client.trial_failed(self.trial_id, error_type=error_type, error_message=message_of(error), **ending)

    def _report_start(self) -> None:
        """Sent again when something becomes known after the start: the earliest one keeps the time of the start."""
        self._reported = self._start_fields()
        self._client.trial_start(self.trial_id, **self._reported)

    def _forget_newest(self) -> None:
        while len(self._latest) > MAX_NAMES_KEPT:
            self._latest.popitem()

    def _start_fields(self) -> dict[str, Any]:
        return {"hyperparams": self._hyperparams, **self._subject()}

    def _subject(self) -> dict[str, Any]:
        return {
            "model_run_id": self.model_run_id,
            "spectral_norm": self.spectral_norm,
            "mlflow_run_id": self.mlflow_run_id,
        }
