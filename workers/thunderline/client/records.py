"""The records that a call leaves for the collector thread: as small as possible, and each a snapshot."""

from __future__ import annotations

from typing import Literal, NamedTuple

from thunderline.client.values import Json

LifecycleName = Literal["ml.run.start", "ml.run.stop", "ml.trial.start", "ml.trial.complete", "ml.trial.failed"]


MetricPoint = tuple[int, str | None, str | None, int, int | None, dict[str, float]]
"""One `ml.run.metric`: timestamp_ns, trial_id, model_run_id, attempt, step, measurements. It may be dropped under
pressure.

A bare tuple, because a training loop makes a thousand a second and a named one takes three times as long to make. Its
time is in nanoseconds for the same reason: the collector divides it.
"""


class Lifecycle(NamedTuple):
    """One of the other five events. It is never dropped while there is a place to keep it."""

    timestamp_ms: int
    event: LifecycleName
    fields: dict[str, Json]


Record = MetricPoint | Lifecycle
