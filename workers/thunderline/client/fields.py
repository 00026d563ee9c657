"""From the arguments of a call to the fields of an event. What is returned shares nothing with what was passed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from thunderline.client.line_encoder import MAX_METRICS_AN_EVENT
from thunderline.client.values import (
    MAX_ID_CHARACTERS,
    Json,
    as_count,
    as_epoch_ms,
    as_id,
    as_json,
    as_json_object,
    as_name,
    as_number,
    as_text,
    spelled,
)

OnLostValue = Callable[[Any, Any], None]


def measurements_of(metrics: Mapping[str, Any], on_lost: OnLostValue) -> dict[str, float]:
    """A copy with every value a float; `on_lost` hears of each that is no number. Raises TypeError for no mapping.

    Values are read now and not when they are sent: a tensor may be added to in the meantime.
    """
    measurements: dict[str, Any] = dict(metrics)
    for value in measurements.values():
        if type(value) is not float:
            return _converted(measurements, on_lost)
    return measurements


def _converted(metrics: dict[str, Any], on_lost: OnLostValue) -> dict[str, float]:
    measurements = {}
    for name, value in metrics.items():
        number = as_number(value)
        if number is None:
            on_lost(name, value)
        else:
            measurements[name] = number
    return measurements


class Fields:
    """The fields of a lifecycle event: what was given, in the types the gateway wants, without what was left out."""

    def __init__(self, arguments: Mapping[str, Any], model_run_id: str | None, on_lost: OnLostValue) -> None:
        now_ms = time.time_ns() // 1_000_000
        given = dict(arguments)
        timestamp = given.pop("timestamp", None)
        self.timestamp_ms = now_ms if timestamp is None else as_epoch_ms(timestamp) or now_ms
        if given.get("model_run_id") is None:
            given["model_run_id"] = model_run_id
        self.json: dict[str, Json] = {}
        for name, value in given.items():
            read = _READERS.get(name)
            if read is not None and value is not None and (json := read(value)) is not None:
                self.json[name] = json
        if given.get("metrics") is not None:
            self.json["metrics"] = _final_metrics(given["metrics"], on_lost)


def _final_metrics(metrics: Mapping[str, Any], on_lost: OnLostValue) -> Json:
    measurements = measurements_of(metrics, on_lost)
    usable = ((as_name(name), spelled(value)) for name, value in measurements.items())
    return dict(islice(((name, value) for name, value in usable if name), MAX_METRICS_AN_EVENT))


def _as_short_text(value: Any) -> Json:
    return as_text(value, MAX_ID_CHARACTERS)


def _as_rank(value: Any) -> Json:
    return as_count(value) or None


_READERS: Mapping[str, Callable[[Any], Json]] = {
    "trial_id": as_id,
    "model_run_id": as_id,
    "mlflow_run_id": as_id,
    "spectral_norm": as_json,
    "hyperparams": as_json_object,
    "parameters": as_json_object,
    "metadata": as_json_object,
    "artifact_uri": as_text,
    "error_message": as_text,
    "error_type": _as_short_text,
    "duration_ms": as_count,
    "rank": _as_rank,
    "state": _as_short_text,
}
