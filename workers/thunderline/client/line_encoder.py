"""Writes records as lines of NDJSON, in the flat shape of the gateway's event table."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import islice
from math import isfinite
from typing import cast

from thunderline.client.event_ids import EventIds
from thunderline.client.fields import MAX_METRICS_AN_EVENT
from thunderline.client.losses import LossCause
from thunderline.client.records import Lifecycle, MetricPoint, Record
from thunderline.client.timestamps import LEAST_MILLISECONDS, iso
from thunderline.client.values import Json, as_id, as_name, marked, spelled

METRIC_PREFIX = b'{"event":"ml.run.metric",'
"""The start of every line of a metric event, by which the spool recognises the lines that it may drop."""

_MILLISECOND_NS = 1_000_000
_LEAST_NS = LEAST_MILLISECONDS * _MILLISECOND_NS
_MAX_TEMPLATES = 1_000
_MAX_TEMPLATE_CHARACTERS = 4_000_000
_MAX_CHARACTERS_AT_ONCE = 256_000
_MORE_ARGUMENTS = 4
"""Arguments of a template besides the values: the two parts of its id, the timestamp and the step."""

_OTHER_RECORDS = (ValueError, KeyError, TypeError, AttributeError)

_dumps = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

_Shape = tuple[str | None, str | None, int, bool, tuple[str, ...]]
"""The shape of an event: its trial_id, its model_run_id, its attempt, whether it has no step, and its names."""


class LineEncoder:
    """Encodes records, on one thread at a time.

    Nearly all records are metric events of a few shapes (trial, run, names). Each shape is written once, as a template,
    which then formats many events at once. `on_loss` is called with everything that cannot be written.
    """

    def __init__(self, ids: EventIds, on_loss: Callable[[LossCause, str], None]) -> None:
        self._ids = ids
        self._on_loss = on_loss
        self._templates: dict[_Shape, str] = {}
        self._template_characters = 0

    def encode(self, records: Sequence[Record]) -> tuple[bytes, int]:
        """The lines of the records, each ending in a line feed, and how many they are."""
        self._ids.begin_batch()
        try:
            return self._points_of_known_shapes(records), len(records)
        except _OTHER_RECORDS:
            lines = self._one_by_one(records)
            return "".join(lines).encode("ascii"), len(lines)

    def _points_of_known_shapes(self, records: Sequence[Record]) -> bytes:
        """The lines of metric events with known shapes, ordinary times and finite values. Raises one of
        `_OTHER_RECORDS` where one of them is anything else, before an id is used.

        This is nearly every batch of a training loop, whose time it takes. So it formats all neighbours of one shape
        at once, and compares each record with the one before it instead of looking its shape up.
        """
        templates, head, last = self._templates, self._ids.head, self._ids.last
        texts: list[str] = []
        arguments: list[object] = []
        floats: list[float] = []
        trial_id: str | None = None
        model_run_id: str | None = None
        names: tuple[str, ...] = ()
        attempt, without_step, template, most = -1, False, "", 0
        for record in records:
            timestamp_ns, trial, run, number, step, measurements = cast(MetricPoint, record)
            if (
                (*measurements,) != names
                or trial != trial_id
                or run != model_run_id
                or number != attempt
                or (step is None) is not without_step
                or len(arguments) >= most
            ):
                _format(template, arguments, len(names), texts)
                trial_id, model_run_id, attempt, without_step = trial, run, number, step is None
                names = (*measurements,)
                template = templates[trial, run, number, without_step, names]
                most = _MAX_CHARACTERS_AT_ONCE // len(template) * (len(names) + _MORE_ARGUMENTS)
            if timestamp_ns < _LEAST_NS:
                raise ValueError("a time that goes as text")
            last += 1
            values = measurements.values()
            arguments += (head, last, timestamp_ns // _MILLISECOND_NS, step, *values)
            floats += values
        _format(template, arguments, len(names), texts)
        # A sum is finite only where every value is; one that overflows costs no more than the slower way.
        if not isfinite(sum(floats)):
            raise ValueError("a value that goes as text")
        self._ids.last = last
        return "".join(texts).encode("ascii")

    def _one_by_one(self, records: Sequence[Record]) -> list[str]:
        lines: list[str] = []
        for record in records:
            try:
                if isinstance(record, Lifecycle):
                    lines.append(self._lifecycle(record))
                else:
                    lines.extend(self._metric(record))
            except Exception as error:
                self._on_loss("unusable_call", f"{type(error).__name__}: {error}")
        return lines

    def _lifecycle(self, record: Lifecycle) -> str:
        head: dict[str, Json] = {
            "event": record.event,
            "event_id": self._ids.next(),
            "timestamp": _stamp(record.timestamp_ms),
        }
        return f"{_dumps(head | record.fields)}\n"

    def _metric(self, point: MetricPoint) -> list[str]:
        """The lines of any metric event: none without a usable name, several for more metrics than one may have."""
        timestamp_ns, trial_id, model_run_id, attempt, step, measurements = point
        stamp = _dumps(_stamp(timestamp_ns // _MILLISECOND_NS))
        without_step, names = step is None, tuple(measurements)
        shape = (trial_id, model_run_id, attempt, without_step, names)
        usable = self._usable(measurements)
        if shape not in self._templates and tuple(usable) == names and 0 < len(names) <= MAX_METRICS_AN_EVENT:
            self._learn(shape)
        lines = []
        for at in range(0, len(usable), MAX_METRICS_AN_EVENT):
            part = tuple(islice(usable, at, at + MAX_METRICS_AN_EVENT))
            template = _template((trial_id, model_run_id, attempt, without_step, part), "%s")
            values = [_dumps(spelled(usable[name])) for name in part]
            self._ids.last += 1
            lines.append(template % (self._ids.head, self._ids.last, stamp, step, *values))
        return lines

    def _usable(self, measurements: dict[str, float]) -> dict[str, float]:
        usable: dict[str, float] = {}
        for original, value in measurements.items():
            name = as_name(original)
            if name:
                usable[marked(name, original) if name in usable else name] = value
            else:
                self._on_loss("unusable_value", "a metric without a usable name")
        return usable

    def _learn(self, shape: _Shape) -> None:
        template = _template(shape, "%r", "%d")
        if (
            len(self._templates) >= _MAX_TEMPLATES
            or self._template_characters + len(template) > _MAX_TEMPLATE_CHARACTERS
        ):
            self._templates.clear()
            self._template_characters = 0
        self._templates[shape] = template
        self._template_characters += len(template)


def _format(template: str, arguments: list[object], names: int, texts: list[str]) -> None:
    """Appends the lines that the template makes of the arguments, which are cleared."""
    if arguments:
        texts.append(template * (len(arguments) // (names + _MORE_ARGUMENTS)) % tuple(arguments))
        arguments.clear()


def _template(shape: _Shape, value: str, stamp: str = "%s") -> str:
    """The line of an event of this shape, to be filled with the two parts of its id, timestamp, step and values."""
    trial_id, model_run_id, attempt, without_step, names = shape
    trial = _id_field("trial_id", trial_id)
    run = _id_field("model_run_id", model_run_id)
    number = f'"attempt":{attempt},' if attempt > 0 else ""
    # `%.0s` consumes the None and prints nothing, so both templates take the same arguments.
    step = "%.0s" if without_step else '"step":%s,'
    measurements = ",".join(f"{_literal(name)}:{value}" for name in names)
    return (
        f'{{"event":"ml.run.metric","event_id":"%s%012x","timestamp":{stamp},'
        f'{trial}{run}{number}{step}"measurements":{{{measurements}}}}}\n'
    )


def _id_field(name: str, value: str | None) -> str:
    text = None if value is None else as_id(value)
    return "" if text is None else f'"{name}":{_literal(text)},'


def _stamp(epoch_ms: int) -> int | str:
    """A time before 1973 goes as text: the gateway takes so small a number for seconds."""
    return epoch_ms if epoch_ms >= LEAST_MILLISECONDS else iso(epoch_ms) or epoch_ms


def _literal(text: str) -> str:
    return _dumps(text).replace("%", "%%")
