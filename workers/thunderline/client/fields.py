"""The fields of events, read from the arguments of calls. Results share nothing with what was passed.

An event is never lost for one of its fields: a field is read as the gateway spells it, cut with a mark, or left out and
reported through `OnLoss`. `docs/events.md` is the other side of this table; a test compares the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from thunderline.client.bridge_call import CALL
from thunderline.client.event_size import within_bytes
from thunderline.client.json_values import JsonReader, flattened, mapping_of
from thunderline.client.losses import OnLoss
from thunderline.client.signals import pass_on
from thunderline.client.timestamps import as_epoch_ms
from thunderline.client.values import (
    Json,
    as_attempt,
    as_count,
    as_flag,
    as_foreign_id,
    as_id,
    as_line,
    as_name,
    as_number,
    as_rank,
    as_state,
    as_text,
    as_uri,
    marked,
    spelled,
)

MAX_METRICS_AN_EVENT = 1_000

_METRIC_SEPARATOR = "/"
_PARAMETER_SEPARATOR = "."


def converted(metrics: dict[str, Any], on_loss: OnLoss) -> dict[str, float]:
    """Metrics of any kind with every value a float, nested names joined by "/".

    Values are read now and not when they are sent: a tensor may be added to in the meantime.
    """
    measurements = {}
    for name, value in flattened(metrics, _METRIC_SEPARATOR).items():
        number = as_number(value)
        if number is not None:
            measurements[name] = number
        else:
            on_loss(f"the metric {as_text(name, 100)}", f"a {type(value).__name__} is not a number", 1)
    return measurements


def timestamp_of(value: Any, on_loss: OnLoss) -> int:
    """Epoch milliseconds of a timestamp that was passed; now, where it is absent or cannot be read."""
    if value is not None:
        epoch_ms = as_epoch_ms(value)
        if epoch_ms is not None:
            return epoch_ms
        on_loss("timestamp", f"{as_text(value, 100)!r} is no time; the event gets the time of the call", 1)
    return time.time_ns() // 1_000_000


def lifecycle_fields(
    arguments: Mapping[str, Any], model_run_id: str | None, on_loss: OnLoss
) -> tuple[int, dict[str, Json]]:
    """The timestamp of a lifecycle event, in epoch milliseconds, and its other fields.

    `arguments` are those of the call by name; `model_run_id` is the run of calls that name none. Under a bridge, every
    event states the attempt.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    given.setdefault("model_run_id", model_run_id)
    CALL.read()
    if CALL.fault is not None:
        on_loss("attempt", CALL.fault, 1)
    if CALL.attempt > 0:
        given["attempt"] = CALL.attempt
    metadata = _metadata(given.pop("metadata", None), given)
    timestamp_ms = timestamp_of(given.pop("timestamp", None), on_loss)
    fields: dict[str, Json] = {}
    for name, value in given.items():
        read = _READERS.get(name)
        if read is None or value is None:
            continue
        field = read(name, value, on_loss)
        if field is not None:
            fields[name] = field
    if metadata:
        fields["metadata"] = _free_form("metadata", metadata, on_loss)
    return timestamp_ms, within_bytes(fields, on_loss)


def _metadata(metadata: Any, given: dict[str, Any]) -> dict[str, Any]:
    """A copy of the metadata in which no key names a field of the event.

    The gateway reads a field from `metadata` too, and refuses an event that gives it twice. Such a key becomes the
    field where the call did not give it, and is renamed where it did.
    """
    if metadata is None:
        return {}
    mapping = _mapping_or_value(metadata)
    copied: dict[str, Any] = {}
    for key, value in mapping.items():
        if key not in FIELDS and key != "success":
            copied[key] = value
        elif key in FIELDS and given.get(key) is None and _is_readable(key, value):
            given[key] = value
        else:
            copied[f"{key}_"] = value
    return copied


def _is_readable(name: str, value: Any) -> bool:
    if name == "timestamp":
        return as_epoch_ms(value) is not None
    return _READERS[name](name, value, lambda *_: None) is not None


def _mapping_or_value(value: Any) -> Mapping[Any, Any]:
    """The mapping of a value; one that has none is kept under the name "value"."""
    try:
        mapping = mapping_of(value)
    except Exception as error:
        pass_on(error)
        mapping = None
    return {"value": value} if mapping is None else mapping


_Reader = Callable[[str, Any, OnLoss], Json]


def _reader(read: Callable[[Any], Json], expected: str) -> _Reader:
    def reader(name: str, value: Any, on_loss: OnLoss) -> Json:
        field = read(value)
        if field is None:
            on_loss(name, f"{as_text(value, 100)!r} is not {expected}", 1)
        return field

    return reader


def _free_form(name: str, value: Any, on_loss: OnLoss) -> Json:
    reader = JsonReader()
    read = reader.read(dict(_mapping_or_value(value)))
    if reader.cut > 0:
        on_loss(name, "it has more entries than an event may have", reader.cut)
    return read


def parameters_of(name: str, value: Any, on_loss: OnLoss) -> Json:
    """A JSON snapshot of hyperparameters, nested names joined by "."; reading it again changes nothing."""
    try:
        mapping: Mapping[Any, Any] = flattened(_mapping_or_value(value), _PARAMETER_SEPARATOR)
    except Exception as error:
        pass_on(error)
        mapping = {"value": value}
    return _free_form(name, mapping, on_loss)


def final_metrics_of(name: str, value: Any, on_loss: OnLoss) -> Json:
    """Final metrics as JSON, from a mapping, pairs or one number; None without any. Reading it twice is safe."""
    mapping = mapping_of(value)
    # `set_result(0.93)`: one objective value, named as Optuna names it.
    metrics = dict(value) if mapping is None and isinstance(value, list | tuple) else mapping
    measurements = converted({"value": value} if metrics is None else dict(metrics), on_loss)
    final: dict[str, Json] = {}
    for key, number in measurements.items():
        metric = as_name(key)
        if not metric:
            on_loss("a metric", f"{as_text(key, 100)!r} cannot be its name", 1)
        elif len(final) < MAX_METRICS_AN_EVENT:
            final[marked(metric, key) if metric in final else metric] = spelled(number)
    beyond = len(measurements) - len(final)
    if len(final) == MAX_METRICS_AN_EVENT and beyond > 0:
        on_loss(name, f"an event holds at most {MAX_METRICS_AN_EVENT} final metrics", beyond)
    return final or None


def _safely(read: _Reader) -> _Reader:
    """A field whose own code raises (a property, an iterator) is left out, and the event goes without it."""

    def reader(name: str, value: Any, on_loss: OnLoss) -> Json:
        try:
            return read(name, value, on_loss)
        except Exception as error:
            pass_on(error)
            on_loss(name, f"reading it raised {type(error).__name__}: {as_text(error, 200)}", 1)
            return None

    return reader


_READERS: Mapping[str, _Reader] = {
    name: _safely(read)
    for name, read in {
        "trial_id": _reader(as_id, "an id"),
        "model_run_id": _reader(as_id, "an id"),
        "attempt": _reader(as_attempt, "an integer from 0 to 99,999"),
        "mlflow_run_id": _reader(as_foreign_id, "an id of 1 to 255 characters as docs/events.md describes it"),
        "source": _reader(as_id, "an id"),
        "correlation_id": _reader(as_id, "an id"),
        "spectral_norm": _reader(as_flag, "true or false"),
        "hyperparams": parameters_of,
        "parameters": parameters_of,
        "metrics": final_metrics_of,
        "artifact_uri": _reader(as_uri, "a URI of 1 to 8,192 characters"),
        "error_message": _reader(as_text, "a text"),
        "error_type": _reader(as_line, "a text"),
        "duration_ms": _reader(as_count, "a number of milliseconds"),
        "rank": _reader(as_rank, "a rank, which counts from 1"),
        "state": _reader(as_state, "completed, failed or cancelled"),
    }.items()
}

FIELDS = frozenset((*_READERS, "timestamp"))
"""Every field of a lifecycle event but `event`, `event_id` and `metadata`."""
