"""The events of a training loop as plain HTTP posts, which any program can make without the client."""

from __future__ import annotations

from typing import Any

import requests

TIMEOUT_SECONDS = 10


class Events:
    """Posts the events of one trial. Anything but 202 is an error: a demo must not look well when it is not."""

    def __init__(self, url: str, model_run_id: str, trial_id: str) -> None:
        self.session = requests.Session()
        self.url = f"{url}/api/events/ml"
        self.model_run_id = model_run_id
        self.trial_id = trial_id

    def start(self, spectral_norm: bool, hyperparams: dict[str, Any]) -> None:
        self.post("ml.run.start", {"spectral_norm": spectral_norm, "hyperparams": hyperparams})

    def metric(self, epoch: int, measurements: dict[str, float]) -> None:
        self.post("ml.run.metric", {"epoch": epoch}, measurements)

    def stop(self, metadata: dict[str, Any], measurements: dict[str, float]) -> None:
        self.post("ml.run.stop", metadata, measurements)

    def post(self, event: str, metadata: dict[str, Any], measurements: dict[str, float] | None = None) -> None:
        body: dict[str, Any] = {
            "event": event,
            "trial_id": self.trial_id,
            "metadata": {"model_run_id": self.model_run_id, **metadata},
        }
        if measurements is not None:
            body["measurements"] = measurements
        response = self.session.post(self.url, json=body, timeout=TIMEOUT_SECONDS)
        if response.status_code != 202:
            raise RuntimeError(f"{event} of {self.trial_id} was answered {response.status_code}: {response.text}")
