"""The client a training loop holds."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

from thunderline.client import process_hooks
from thunderline.client.fields import Fields, measurements_of
from thunderline.client.intake import Intake
from thunderline.client.notices import Notices
from thunderline.client.options import Options
from thunderline.client.outbox import Outbox
from thunderline.client.records import Lifecycle, LifecycleName
from thunderline.client.rejections import OnRejected
from thunderline.client.stats import Counters, Stats
from thunderline.client.target import Target
from thunderline.client.trial import Trial
from thunderline.client.values import as_count, as_epoch_ms, as_text

Timestamp = float | datetime
RunState = Literal["completed", "failed", "cancelled"]

DEFAULT_OPTIONS = Options()


class Client:
    """Sends training events to a Thunderline gateway without slowing or failing the training.

    Every call returns at once and none raises: what is wrong is logged once to the logger "thunderline" and counted in
    `stats`. Safe to use from any thread, from signal handlers, and after a fork.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        model_run_id: str | None = None,
        on_rejected: OnRejected | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> None:
        """`url`: the gateway, default `$THUNDERLINE_URL`; without either the client counts its events and drops them.
        `api_key`: default `$THUNDERLINE_API_KEY`. `model_run_id`: the run of calls that name none. `on_rejected` is
        called on the sender thread with each event the gateway refused for good.
        """
        self._model_run_id = model_run_id
        self._on_rejected = on_rejected
        self._options = options
        self._url = url or os.environ.get("THUNDERLINE_URL")
        self._api_key = (api_key or os.environ.get("THUNDERLINE_API_KEY") or "").strip() or None
        self._begin()
        process_hooks.watch_forks(self)

    def log_metrics(
        self,
        metrics: Mapping[str, Any],
        step: int | None = None,
        *,
        trial_id: str | None = None,
        model_run_id: str | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """Metric values by name, at a step >= 0 (default 0). Values may be numpy or torch scalars, NaN and infinities;
        what is not a number is left out and counted. `timestamp`: epoch milliseconds or a datetime, default now.
        """
        try:
            measurements = measurements_of(metrics, self._lose_value)
            if step is not None and type(step) is not int:
                step = as_count(step)
            now_ms = time.time_ns() // 1_000_000
            when = now_ms if timestamp is None else as_epoch_ms(timestamp) or now_ms
            run = self._model_run_id if model_run_id is None else model_run_id
            if measurements and self._intake is not None:
                self._intake.put_metric((when, trial_id, run, step, measurements))
            elif measurements:
                self._counters.lose("disabled")
        except Exception as error:
            self._lose_call("log_metrics", error)

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
        self._say("ml.run.start", locals())

    def run_stop(
        self,
        state: RunState = "completed",
        *,
        model_run_id: str | None = None,
        trial_id: str | None = None,
        metrics: Mapping[str, Any] | None = None,
        duration_ms: float | None = None,
        artifact_uri: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """`ml.run.stop`: a run ends; `metrics` are the final ones, `duration_ms` is in milliseconds."""
        self._say("ml.run.stop", locals())

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
        self._say("ml.trial.start", locals())

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
        self._say("ml.trial.complete", locals())

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
        self._say("ml.trial.failed", locals())

    def trial(
        self,
        trial_id: str,
        *,
        model_run_id: str | None = None,
        hyperparams: Mapping[str, Any] | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
    ) -> Trial:
        """A trial as a `with` block: it starts with the block and ends as the block ends."""
        return Trial(self, trial_id, model_run_id, hyperparams, spectral_norm, mlflow_run_id)

    @property
    def stats(self) -> Stats:
        """What was sent, accepted, refused, lost and waits, in this process."""
        return self._outbox.stats if self._outbox is not None else self._counters.snapshot(0, 0, 0)

    @property
    def api_key(self) -> str | None:
        return self._api_key

    @api_key.setter
    def api_key(self, api_key: str | None) -> None:
        """A new key is used at once, also for what waits because the old one was refused."""
        self._api_key = (api_key or "").strip() or None
        if self._outbox is not None:
            self._outbox.set_api_key(self._api_key)

    def flush(self, timeout: float = 30.0) -> bool:
        """Waits up to `timeout` seconds until all that was logged before is answered for. False: some of it is not."""
        with suppress(Exception):
            return self._outbox is not None and self._outbox.flush(timeout)
        return False

    def close(self, timeout: float | None = None) -> None:
        """Sends what is left, for at most `timeout` seconds (default `exit_timeout_s`), and stops. What cannot be sent
        stays on disk for the next process. The end of the process does this by itself."""
        with suppress(Exception):
            if self._outbox is not None:
                deadline = time.monotonic() + (self._options.exit_timeout_s if timeout is None else timeout)
                self._outbox.begin_close(deadline)
                self._outbox.finish_close(deadline)

    def after_fork(self) -> None:
        """In a forked child: an empty queue, a thread and a connection of its own; the parent sends what is the
        parent's."""
        parents = self._outbox
        self._begin()
        if parents is not None:
            parents.disown()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # A client nobody holds any more sends what it has and ends its thread, but keeps nobody waiting.
        with suppress(Exception):
            if self._outbox is not None:
                self._outbox.begin_close(time.monotonic() + self._options.exit_timeout_s)

    def _begin(self) -> None:
        self._outbox: Outbox | None = None
        self._intake: Intake | None = None
        self._counters = Counters()
        self._notices = Notices()
        try:
            if not self._url:
                raise ValueError("no url was given and THUNDERLINE_URL is not set")
            target = Target.parse(self._url)
            self._outbox = Outbox(
                target, self._api_key, self._options, self._on_rejected, self._counters, self._notices
            )
            self._intake = self._outbox.intake
        except Exception as error:
            self._notices.warn("disabled", "This client is disabled, its events are dropped: %s.", error)

    def _say(self, event: LifecycleName, arguments: dict[str, Any]) -> None:
        try:
            fields = Fields(arguments, self._model_run_id, self._lose_value)
            if self._intake is None:
                self._counters.lose("disabled")
            else:
                self._intake.put_lifecycle(Lifecycle(fields.timestamp_ms, event, fields.json))
        except Exception as error:
            self._lose_call(event, error)

    def _lose_value(self, name: Any, value: Any) -> None:
        self._counters.lose("unusable_value")
        what = f"{as_text(name, 100)} ({type(value).__name__})"
        self._notices.warn(f"value {what}", "The metric %s is not a number and is left out.", what)

    def _lose_call(self, call: str, error: Exception) -> None:
        self._counters.lose("unusable_call")
        self._notices.warn(f"call {call}", "A call of %s made no event: %s: %s", call, type(error).__name__, error)
