"""The requests that an operation may make to the bridge while it runs."""

from __future__ import annotations

from typing import Protocol


class Bridge(Protocol):
    def report(self, step: int, value: float) -> bool:
        """Passes an intermediate value of the objective to the study of the trial; whether to stop the trial early."""


class NoBridge:
    """The bridge of a trial without a study, and of a process that no bridge started: nothing prunes it."""

    def report(self, step: int, value: float) -> bool:
        del step, value
        return False
