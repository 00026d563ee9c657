"""Stand-ins for a training step, about a millisecond of work each."""

from __future__ import annotations

import time
from collections.abc import Callable

Step = Callable[[], float]


def pure_python(size: int) -> Step:
    """Work that holds the interpreter's lock throughout: the worst case for a thread beside it.

    It makes no integers: what those cost hangs on how full the allocator's pools happen to be, by 2 % and more, and a
    queue changes that at random.
    """
    weights = [1 / (number + 1) for number in range(size)]

    def step() -> float:
        total = 0.0
        for weight in weights:
            total += weight * 0.5
        return total

    return step


def numpy_matrices(size: int) -> Step | None:
    """Work as in a real step, mostly outside the lock; None without numpy."""
    try:
        import numpy as np
    except ImportError:
        return None
    left = np.full((size, size), 0.5)

    def step() -> float:
        return float((left @ left)[0, 0])

    return step


def calibrated(make: Callable[[int], Step | None], target_s: float, size: int) -> Step | None:
    """The step of the size that takes about `target_s`."""
    while (step := make(size)) is not None:
        took = min(_seconds(step) for _ in range(5))
        if took >= target_s:
            return step
        size = max(size + 1, int(size * 1.1))
    return None


def _seconds(step: Step) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began
