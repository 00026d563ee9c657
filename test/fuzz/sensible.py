"""Hooks for events that fit the schema: makes them agree with what no schema says, so that nearly all are accepted."""

import re

import hooks  # noqa: F401  (registers what every run needs)
import schemathesis

# A field may be in several places, whose values then must agree.
MEASUREMENTS = ("measurements", "metrics", "metric_name", "duration_ms")


def agreeing(event):
    if not isinstance(event, dict):
        return event
    event = {**event}
    metadata = event.get("metadata")
    if isinstance(metadata, dict):
        given = {key for key, value in event.items() if is_present(value)}
        metadata = {key: value for key, value in metadata.items() if key not in given}
        if any(is_present(event.get(key)) for key in MEASUREMENTS):
            for key in MEASUREMENTS:
                metadata.pop(key, None)
        if "timestamp" in metadata:
            metadata["timestamp"] = past(metadata["timestamp"])
        if any(event.get(key) is not None for key in ("state", "success")):
            metadata.pop("state", None)
            metadata.pop("success", None)
        elif metadata.get("state") is not None:
            metadata.pop("success", None)
        event["metadata"] = metadata
    if event.get("state") is not None:
        event.pop("success", None)
    if event.get("metrics") is not None and event.get("event", event.get("name")) != "ml.run.metric":
        event.pop("measurements", None)
    elif isinstance(event.get("measurements"), dict):
        drop = {"duration_ms"} if event.get("duration_ms") is not None else {event.get("metric_name")}
        kept = {name: value for name, value in event["measurements"].items() if name not in drop}
        event["measurements"] = kept if event["measurements"] and kept else event["measurements"]
    if "timestamp" in event:
        event["timestamp"] = past(event["timestamp"])
    return event


def is_present(value):
    """null is absent, and so is an object of nothing but nulls: it holds no measurement."""
    return any(item is not None for item in value.values()) if isinstance(value, dict) else value is not None


def past(timestamp):
    if isinstance(timestamp, str):
        if timestamp.replace(".", "", 1).isdigit():
            return str(min(float(timestamp), 1_700_000_000_000.0))
        return re.sub(r"^\d{4}-(\d{2})-\d{2}", r"2024-\1-28", timestamp)
    if isinstance(timestamp, (int, float)):
        return min(timestamp, 1_700_000_000_000)
    return timestamp


@schemathesis.hook
def map_body(_context, body):
    return [agreeing(event) for event in body] if isinstance(body, list) else agreeing(body)
