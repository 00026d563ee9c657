"""The client of a trial, as the trial uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from thunderline.client.losses import OnLoss


class TrialCalls(Protocol):
    """The calls of a client that a trial makes."""

    @property
    def trial_start(self) -> Callable[..., None]: ...

    @property
    def trial_complete(self) -> Callable[..., None]: ...

    @property
    def trial_failed(self) -> Callable[..., None]: ...

    @property
    def run_stop(self) -> Callable[..., None]: ...

    @property
    def put_measurements(self) -> Callable[[dict[str, float], Any, str | None, str | None, Any], None]: ...

    @property
    def upload_artifact(self) -> Callable[..., str | None]: ...

    @property
    def on_loss(self) -> OnLoss: ...

    def lose_call(self, call: str, error: Exception) -> None: ...
