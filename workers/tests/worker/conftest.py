from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.worker.processes import Served

Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts served workers, and kills them when the test ends."""
    workers: list[Served] = []

    def start(script: Path, **environment: str) -> Served:
        worker = Served(script, **environment)
        workers.append(worker)
        assert worker.read() == {"ready": {"protocol": 1}}
        return worker

    yield start
    for worker in workers:
        worker.kill()
