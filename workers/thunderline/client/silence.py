"""The client of a trial that another process of its group reports."""

from __future__ import annotations

from typing import Any


class Silence:
    """Has the calls of a client that a trial makes, and drops them."""

    def drop(self, *_: Any, **__: Any) -> None:
        """Does nothing, whatever the call was."""

    trial_start = trial_complete = trial_failed = run_stop = drop
    put_measurements = upload_artifact = on_loss = lose_call = drop
