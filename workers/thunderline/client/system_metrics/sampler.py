"""The thread that logs system metrics."""

from __future__ import annotations

import importlib
import os
import threading
from contextlib import suppress
from typing import Any, Protocol
from weakref import ref

from thunderline.client.open_trials import open_trials
from thunderline.client.step_counter import StepCounter
from thunderline.client.system_metrics.gpus import Gpus
from thunderline.client.system_metrics.machine import Machine

PREFIX = "system/"


class Measured(Protocol):
    """The part of a client that system metrics are logged to."""

    @property
    def model_run_id(self) -> str | None: ...

    def put_measurements(
        self,
        measurements: dict[str, float],
        step: int | None,
        trial_id: str | None,
        model_run_id: str | None,
        timestamp: Any,
    ) -> None: ...


class Sampler:
    """Logs system metrics to each open trial of a client, else to its run; steps count the samples of each from 0.

    It ends when it is stopped, and when the client is garbage. In a forked child it logs to the child's trials only:
    the parent goes on logging to the run.
    """

    def __init__(self, client: Measured, every_s: float, *, in_child: bool) -> None:
        self._client = ref(client)
        self._every_s = every_s
        self._in_child = in_child
        self._steps = StepCounter()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        # Imported now: a child forked while another thread imports a module may wait forever when it imports the same.
        self._psutil = _module("psutil")
        self._pynvml = _module("pynvml")

    def start(self) -> None:
        """Starts the thread, once. Without a thread there are no system metrics."""
        if self._thread is None and not self._stop.is_set():
            with suppress(RuntimeError):
                self._thread = threading.Thread(target=self._run, name="thunderline-system-metrics", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Logs nothing more after the return of this call."""
        self._stop.set()
        with self._lock:
            pass

    def _run(self) -> None:
        machine = Machine(psutil=self._psutil)
        gpus = Gpus(self._pynvml, os.environ)
        while not self._stop.wait(self._every_s):
            client = self._client()
            if client is None:
                return
            # A reading that fails is not worth a training run.
            with suppress(Exception):
                self._log(
                    client, {PREFIX + name: float(value) for name, value in {**machine.read(), **gpus.read()}.items()}
                )
            del client

    def _log(self, client: Measured, measurements: dict[str, float]) -> None:
        subjects: list[tuple[str | None, str | None]] = [
            (trial.trial_id, trial.model_run_id) for trial in open_trials() if trial.is_of(client)
        ]
        if not subjects and not self._in_child and client.model_run_id is not None:
            subjects = [(None, client.model_run_id)]
        with self._lock:
            if self._stop.is_set():
                return
            for trial_id, run in subjects:
                client.put_measurements(dict(measurements), self._steps.next((run, trial_id)), trial_id, run, None)


def _module(name: str) -> Any:
    """An optional package; None where it is missing or cannot be imported."""
    with suppress(Exception):
        return importlib.import_module(name)
    return None
