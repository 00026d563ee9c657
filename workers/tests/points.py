"""Metric points for tests of delivery."""

from __future__ import annotations

from collections import Counter

from tests.scripted_gateway import Event
from thunderline import Client


def log_points(client: Client, number: int) -> None:
    """Logs so many points of one trial, each at its own step."""
    for step in range(number):
        client.log_metrics({"loss": step / 10}, step, trial_id="t", model_run_id="r")


def by_trial(events: list[Event]) -> Counter[str]:
    """The number of events of each trial."""
    return Counter(event["trial_id"] for event in events)
