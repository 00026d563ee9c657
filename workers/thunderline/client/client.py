"""The client of a training program."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from thunderline.client import preemption, process_hooks
from thunderline.client.api_key import environment_api_key, read_api_key, usable_api_key
from thunderline.client.artifact_calls import UNASSIGNED, ArtifactCalls
from thunderline.client.bridge_call import CALL
from thunderline.client.context import Context
from thunderline.client.fields import lifecycle_fields
from thunderline.client.flush_calls import FlushCalls
from thunderline.client.intake import Intake
from thunderline.client.lifecycle_calls import LifecycleCalls
from thunderline.client.metric_calls import MetricCalls
from thunderline.client.mode import mode_of
from thunderline.client.options import Options
from thunderline.client.outbox import Outbox
from thunderline.client.records import Lifecycle, LifecycleName
from thunderline.client.rejections import OnRejected
from thunderline.client.signals import pass_on
from thunderline.client.stats import Stats
from thunderline.client.step_counter import StepCounter
from thunderline.client.system_metrics.sampler import Sampler
from thunderline.client.target import target_of
from thunderline.client.trial import Trial
from thunderline.client.uncopied import Uncopied
from thunderline.client.values import as_text

DEFAULT_OPTIONS = Options()


class Client(Uncopied, MetricCalls, LifecycleCalls, ArtifactCalls, FlushCalls):
    """Sends training events to a Thunderline gateway without slowing or failing the training.

    Every call but `upload_artifact`, `flush` and `close` returns at once, and none raises: a mistake is logged once to
    the logger "thunderline" and counted in `stats`. Clients may be used from any thread, from signal handlers, and
    after a fork.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: Any = None,
        *,
        model_run_id: str | None = None,
        on_rejected: OnRejected | None = None,
        options: Options = DEFAULT_OPTIONS,
        system_metrics: bool = False,
    ) -> None:
        """`url`: the gateway, default `$THUNDERLINE_URL`; without either the client counts its events and drops them.
        `api_key`: default `$THUNDERLINE_API_KEY`, or the content of `$THUNDERLINE_API_KEY_FILE`. `model_run_id`: the
        run of calls that name none. `on_rejected` is called on a thread of its own with each event the gateway rejected
        permanently. `system_metrics`: logs the use of processors, memory and GPUs as `system/...`, to each open trial,
        else to the run.
        """
        self._model_run_id = model_run_id
        self._on_rejected = on_rejected
        self._options = options
        self._url = url or os.environ.get("THUNDERLINE_URL")
        self._api_key: str | None = None
        self._given_api_key: Any = environment_api_key if api_key is None else api_key
        self._system_metrics = bool(system_metrics)
        self._begin(in_child=False)
        process_hooks.watch_forks(self)
        if self._outbox is not None:
            # Only the main thread can, and trials may start on others.
            preemption.install()

    def trial(
        self,
        trial_id: str,
        *,
        model_run_id: str | None = None,
        hyperparams: Mapping[str, Any] | None = None,
        spectral_norm: bool | None = None,
        mlflow_run_id: str | None = None,
        every_rank: bool = False,
    ) -> Trial:
        """A trial as a `with` block: it starts with the block and ends as the block ends. Under a bridge, the bridge
        reports the end. Of processes that train one model together, only rank zero reports it, unless `every_rank`."""
        return Trial(self, trial_id, model_run_id, hyperparams, spectral_norm, mlflow_run_id, every_rank)

    @property
    def stats(self) -> Stats:
        """The numbers of events of this process that were sent, accepted, rejected and lost, and of those that wait."""
        return self._outbox.stats if self._outbox is not None else self._counters.snapshot(0, 0, 0)

    @property
    def model_run_id(self) -> str | None:
        """The run of calls that name none."""
        return self._model_run_id

    @property
    def api_key(self) -> str | None:
        return self._api_key

    @api_key.setter
    def api_key(self, api_key: str | None) -> None:
        """Uses a new key at once, also for the events that wait because the old one was refused. A key that no header
        can carry is logged, without the key, and the old one stays."""
        try:
            # A forked child reads it again.
            self._api_key = self._given_api_key = read_api_key(api_key)
            if self._outbox is not None:
                self._outbox.set_api_key(self._api_key)
        except Exception as error:
            self._notices.once("api_key", "The API key stays as it was: %s.", error)

    def after_fork(self) -> None:
        """Gives a forked child a queue, threads and a connection of its own; the parent sends the parent's events."""
        parents = self._outbox
        self._begin(in_child=True)
        if parents is not None:
            parents.disown()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the settings of the client, without its events. Only a child process that is being spawned receives
        the API key: a saved model must not hold it, and takes the key from `$THUNDERLINE_API_KEY` where it is loaded.
        """
        key = self._api_key if process_hooks.is_spawning() else None
        options = replace(self._options, ssl_context=None)
        return _restored, (self._url, key, self._model_run_id, options)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # A client that the program no longer holds sends its events and ends its threads, but delays nothing.
        with suppress(Exception):
            if self._sampler is not None:
                self._sampler.stop()
            if self._outbox is not None:
                self._outbox.begin_close(time.monotonic() + self._options.exit_timeout_s)

    def _begin(self, *, in_child: bool) -> None:
        self._sampler: Sampler | None = None
        self._outbox: Outbox | None = None
        self._intake: Intake | None = None
        context = Context(self._options)
        self._counters, self._notices, self._trace = context.counters, context.notices, context.trace
        self._steps = StepCounter()
        CALL.read()
        try:
            mode = mode_of(os.environ)
            if mode == "disabled":
                return
            target = target_of(None if self._url is None else str(self._url), offline=mode == "offline")
            self._api_key = usable_api_key(self._given_api_key, context.notices)
            self._outbox = Outbox(target, self._api_key, context, self._on_rejected, sends=mode == "online")
            self._intake = self._outbox.intake
            if self._system_metrics:
                self._sampler = Sampler(self, self._options.system_metrics_every_s, in_child=in_child)
                if not in_child:
                    self._sampler.start()
        except Exception as error:
            self._notices.warn("disabled", "This client is disabled, its events are dropped: %s.", error)

    def _put_lifecycle(self, event: LifecycleName, arguments: dict[str, Any]) -> None:
        try:
            if self._outbox is None:
                self._counters.lose("disabled")
                return
            timestamp_ms, fields = lifecycle_fields(arguments, self._model_run_id, self.on_loss)
            if "trial_id" not in fields and event.startswith("ml.trial."):
                raise ValueError("a trial needs a trial_id that is not empty")
            if "trial_id" not in fields:
                fields.setdefault("model_run_id", UNASSIGNED)
            if self._sampler is not None and event == "ml.trial.start":
                self._sampler.start()
            self._trace.note()
            self._outbox.put_lifecycle(Lifecycle(timestamp_ms, event, fields))
        except Exception as error:
            self.lose_call(event, error)

    def on_loss(self, name: str, reason: str, values: int) -> None:
        self._counters.lose("unusable_value", values)
        self._notices.once(name, "Left out: %s (%s). Others like it are only counted.", name, reason)

    def lose_call(self, call: str, error: Exception) -> None:
        pass_on(error)
        self._counters.lose("unusable_call")
        kind = type(error).__name__
        self._notices.once(f"{call} {kind}", "A call of %s made no event: %s: %s", call, kind, as_text(error, 300))


def _restored(url: str | None, api_key: str | None, model_run_id: str | None, options: Options) -> Client:
    return Client(url, api_key, model_run_id=model_run_id, options=options)
