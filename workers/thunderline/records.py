"""What a call leaves for the sender thread: as little as possible, all of it a snapshot."""

from __future__ import annotations

from typing import Literal, NamedTuple

from thunderline.values import Json

LifecycleName = Literal["ml.run.start", "ml.run.stop", "ml.trial.start", "ml.trial.complete", "ml.trial.failed"]


class MetricPoint(NamedTuple):
    """One `ml.run.metric`. It may be dropped under pressure."""

    timestamp_ms: int
    trial_id: str | None
    model_run_id: str | None
    step: int | None
    measurements: dict[str, float]


class Lifecycle(NamedTuple):
    """One of the other five events. It is never dropped while there is a place to keep it."""

    timestamp_ms: int
    event: LifecycleName
    fields: dict[str, Json]


Record = MetricPoint | Lifecycle
