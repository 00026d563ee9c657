from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.scripted_gateway import ScriptedGateway
from tests.worker_process import WorkerProcess
from thunderline import Client, Options

# How fast a busy machine draws examples is no property of the code.
settings.register_profile("thunderline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thunderline")

MakeClient = Callable[..., Client]
MakeWorker = Callable[..., WorkerProcess]


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    gateway = ScriptedGateway()
    yield gateway
    gateway.close()


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Options with short waits, and a spool of the test's own."""
    return Options(
        linger_s=0.01,
        backoff_base_s=0.01,
        backoff_cap_s=0.05,
        refused_retry_s=0.05,
        exit_timeout_s=20.0,
        spool_dir=tmp_path / "spool",
    )


@pytest.fixture
def make_client(gateway: ScriptedGateway, options: Options) -> Iterator[MakeClient]:
    """Makes clients of the scripted gateway; keyword arguments named like options change them."""
    clients: list[Client] = []

    def make(url: str | None = None, **arguments: Any) -> Client:
        changes = {name: arguments.pop(name) for name in list(arguments) if name in Options.__dataclass_fields__}
        client = Client(url or gateway.url, options=replace(options, **changes), **arguments)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close(0.0)


@pytest.fixture
def make_worker(gateway: ScriptedGateway, options: Options) -> Iterator[MakeWorker]:
    """Starts processes with a client of the scripted gateway; keyword arguments are options."""
    workers: list[WorkerProcess] = []

    def make(url: str | None = None, environment: dict[str, str] | None = None, **changes: Any) -> WorkerProcess:
        worker = WorkerProcess(url or gateway.url, replace(options, **changes), **(environment or {}))
        workers.append(worker)
        return worker

    yield make
    for worker in workers:
        worker.kill()


@pytest.fixture
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
