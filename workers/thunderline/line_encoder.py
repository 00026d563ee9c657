"""Writes records as lines of NDJSON, in the flat shape of the gateway's event table."""

from __future__ import annotations

import json
from collections.abc import Callable

from thunderline.records import Lifecycle, MetricPoint, Record
from thunderline.values import Json, as_id, as_name

METRIC_PREFIX = b'{"event":"ml.run.metric",'
"""How every line of a metric event begins: the spool tells by it what may be dropped."""

MAX_METRICS_AN_EVENT = 1_000
MAX_CACHED = 10_000

_SPELLED = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}

_dumps = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class LineEncoder:
    """Encodes records. One thread at a time.

    Metric events are written by hand, because they are nearly all there is: names and ids are encoded once and kept.
    """

    def __init__(self, next_id: Callable[[], str], on_unusable_name: Callable[[str], None]) -> None:
        self._next_id = next_id
        self._on_unusable_name = on_unusable_name
        self._names: dict[str, str] = {}
        self._subjects: dict[tuple[str | None, str | None], str] = {}

    def encode(self, record: Record) -> list[bytes]:
        """The lines of a record, each ending in a line feed: one; none where no metric of it has a usable name; more
        where it has more than 1,000 metrics."""
        if isinstance(record, Lifecycle):
            return [self._lifecycle(record)]
        pairs = self._pairs(record.measurements)
        if len(pairs) <= MAX_METRICS_AN_EVENT:
            return [self._metric(record, pairs)] if pairs else []
        starts = range(0, len(pairs), MAX_METRICS_AN_EVENT)
        return [self._metric(record, pairs[start : start + MAX_METRICS_AN_EVENT]) for start in starts]

    def _lifecycle(self, record: Lifecycle) -> bytes:
        head: dict[str, Json] = {
            "event": record.event,
            "event_id": self._next_id(),
            "timestamp": record.timestamp_ms,
        }
        return f"{_dumps(head | record.fields)}\n".encode("ascii")

    def _metric(self, record: MetricPoint, pairs: list[str]) -> bytes:
        timestamp_ms, trial_id, model_run_id, step, _ = record
        subject = self._subjects.get((trial_id, model_run_id)) or self._subject(trial_id, model_run_id)
        step_field = "" if step is None else f'"step":{step},'
        return (
            f'{{"event":"ml.run.metric","event_id":"{self._next_id()}","timestamp":{timestamp_ms},'
            f'{subject}{step_field}"measurements":{{{",".join(pairs)}}}}}\n'
        ).encode("ascii")

    def _pairs(self, measurements: dict[str, float]) -> list[str]:
        pairs = []
        names = self._names
        for name, value in measurements.items():
            key = names.get(name) or self._name(name)
            if key:
                text = float.__repr__(value)
                pairs.append(key + _SPELLED.get(text, text))
        return pairs

    def _name(self, name: str) -> str:
        usable = as_name(name)
        if not usable:
            self._on_unusable_name(name)
            return ""
        if len(self._names) >= MAX_CACHED:
            self._names.clear()
        key = self._names[name] = f"{_dumps(usable)}:"
        return key

    def _subject(self, trial_id: str | None, model_run_id: str | None) -> str:
        if len(self._subjects) >= MAX_CACHED:
            self._subjects.clear()
        fields = {"trial_id": trial_id, "model_run_id": model_run_id}
        text = "".join(f'"{name}":{_dumps(as_id(value))},' for name, value in fields.items() if value is not None)
        self._subjects[trial_id, model_run_id] = text
        return text
