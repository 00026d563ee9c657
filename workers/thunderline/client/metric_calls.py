"""The calls of a client that log metrics.

A training loop may make a thousand of them a second, and its own data replaces everything else in the caches of the
processor from one to the next. A call then costs three to five times what it costs in a tight loop, and nearly in
proportion to the memory that it touches: instructions, objects, and their types. So the usual call has one path
without turns, and everything else is apart from it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from time import time_ns
from typing import Any

from thunderline.client.artifact_calls import UNASSIGNED
from thunderline.client.bridge_call import CALL
from thunderline.client.fields import converted, timestamp_of
from thunderline.client.intake import Intake
from thunderline.client.lifecycle_calls import Timestamp
from thunderline.client.stats import Counters
from thunderline.client.step_counter import StepCounter
from thunderline.client.trace_context import MODULES, OPENTELEMETRY, TraceContext
from thunderline.client.values import as_id, as_step, as_text

_MILLISECOND_NS = 1_000_000
_MAX_USUAL_STEP = 2**30 - 1
"""Python compares larger integers in a slower way."""


class MetricCalls(ABC):
    """Each only enqueues. A value that is not a number is left out and counted."""

    _model_run_id: str | None
    _intake: Intake | None
    _counters: Counters
    _steps: StepCounter
    _trace: TraceContext

    @abstractmethod
    def on_loss(self, name: str, reason: str, values: int) -> None:
        """Counts and logs values that no event can hold."""

    @abstractmethod
    def lose_call(self, call: str, error: Exception) -> None:
        """Counts and logs a call that made no event."""

    def log_metrics(
        self,
        metrics: Mapping[str, Any],
        step: int | None = None,
        *,
        trial_id: str | None = None,
        model_run_id: str | None = None,
        timestamp: Timestamp | None = None,
    ) -> None:
        """Metric values by name, at a step >= 0. Without a step the calls of each trial are counted from 0.

        Values may be numpy or torch scalars, NaN and infinities; nested mappings are joined by "/". A value that is not
        a number is left out and counted, and so are all values at a step that is not one. `timestamp`: a datetime, a
        date, ISO 8601 text, or a number of epoch seconds or milliseconds; default now.
        """
        try:
            measurements = dict(metrics)
            # Not a function: the call and the bound method of `on_loss` would cost a tenth of the whole.
            for value in measurements.values():
                if type(value) is not float:
                    measurements = converted(measurements, self.on_loss)
                    break
            self.put_measurements(measurements, step, trial_id, model_run_id, timestamp)
        except Exception as error:
            self.lose_call("log_metrics", error)

    def put_measurements(
        self,
        measurements: dict[str, float],
        step: int | None,
        trial_id: str | None,
        model_run_id: str | None,
        timestamp: Timestamp | None,
    ) -> None:
        """`log_metrics` for values that have been read; the client keeps `measurements`."""
        run = self._model_run_id if model_run_id is None else model_run_id
        if (
            timestamp is None
            and type(step) is int
            and step >= 0
            and step <= _MAX_USUAL_STEP
            and (type(trial_id) is str or trial_id is None)
            and (type(run) is str or (run is None and trial_id))
            and measurements
            and OPENTELEMETRY not in MODULES
            and (intake := self._intake) is not None
        ):
            intake.put_metric((time_ns(), trial_id, run, CALL.attempt, step, measurements))
        elif measurements:
            self._put_unusual(measurements, step, trial_id, run, timestamp)

    def _put_unusual(
        self,
        measurements: dict[str, float],
        step: int | None,
        trial_id: str | None,
        run: str | None,
        timestamp: Timestamp | None,
    ) -> None:
        if self._intake is None:
            self._counters.lose("disabled")
            return
        if trial_id is not None and type(trial_id) is not str:
            trial_id = as_id(trial_id)
        if run is None:
            run = UNASSIGNED if not trial_id else None
        elif type(run) is not str:
            run = as_id(run)
        if step is None:
            step = self._steps.next((run, trial_id))
        else:
            given, step = step, as_step(step)
            if step is None:
                self.on_loss("step", f"{as_text(given, 100)!r} is not an integer >= 0", len(measurements))
                return
        when_ns = time_ns() if timestamp is None else timestamp_of(timestamp, self.on_loss) * _MILLISECOND_NS
        self._trace.note()
        self._intake.put_metric((when_ns, trial_id, run, CALL.attempt, step, measurements))
