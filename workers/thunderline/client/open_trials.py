"""The trials of this process that have started and not ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol
from weakref import ref


class OpenTrial(Protocol):
    """A trial that has started."""

    trial_id: str
    model_run_id: str | None

    def preempt(self) -> None: ...

    def abandon(self) -> None: ...

    def is_of(self, client: object) -> bool: ...


# A dictionary, because its operations are atomic: signal handlers and threads read it while others change it.
_open: dict[int, Callable[[], OpenTrial | None]] = {}


def add(trial: OpenTrial, *, kept: bool) -> None:
    """The trial has started. It is only kept alive if `kept`."""
    _open[id(trial)] = (lambda: trial) if kept else ref(trial)


def remove(trial: OpenTrial) -> None:
    """The trial has ended."""
    _open.pop(id(trial), None)


def open_trials() -> list[OpenTrial]:
    """The open trials that are kept, or that the program still holds, the oldest first."""
    trials = []
    for key, reference in list(_open.items()):
        trial = reference()
        if trial is not None:
            trials.append(trial)
        elif _open.get(key) is reference:
            _open.pop(key, None)
    return trials


if hasattr(os, "register_at_fork"):
    # In a forked child the open trials are the parent's.
    os.register_at_fork(after_in_child=_open.clear)
