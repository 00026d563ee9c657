from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from thunderline.line_encoder import LineEncoder
from thunderline.records import Lifecycle, MetricPoint, Record
from thunderline.spool.lines import is_metric


def not_json(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


def encode(record: Record) -> list[dict[str, Any]]:
    lines = LineEncoder(lambda: "id", lambda _: None).encode(record)
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") and line.isascii() for line in lines)
    return [json.loads(line, parse_constant=not_json) for line in lines]


def test_a_metric_event() -> None:
    assert encode(MetricPoint(5, "t", "r", 3, {"loss": 0.1, "acc": 1.0})) == [
        {
            "event": "ml.run.metric",
            "event_id": "id",
            "timestamp": 5,
            "trial_id": "t",
            "model_run_id": "r",
            "step": 3,
            "measurements": {"loss": 0.1, "acc": 1.0},
        }
    ]


def test_what_was_not_given_is_not_there() -> None:
    (event,) = encode(MetricPoint(5, None, "r", None, {"loss": 0.1}))
    assert sorted(event) == ["event", "event_id", "measurements", "model_run_id", "timestamp"]


def test_a_lifecycle_event() -> None:
    record = Lifecycle(5, "ml.trial.start", {"trial_id": "t", "hyperparams": {"lr": 0.1}})
    assert encode(record) == [
        {
            "event": "ml.trial.start",
            "event_id": "id",
            "timestamp": 5,
            "trial_id": "t",
            "hyperparams": {"lr": 0.1},
        }
    ]


def test_nan_and_infinities_travel_as_text() -> None:
    (event,) = encode(MetricPoint(5, "t", "r", 0, {"a": math.nan, "b": math.inf, "c": -math.inf, "d": -0.0}))
    assert event["measurements"] == {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": -0.0}


def test_more_metrics_than_an_event_may_have_become_several_events() -> None:
    events = encode(MetricPoint(5, "t", "r", 0, {f"m{number}": 1.0 for number in range(2_500)}))
    assert [len(event["measurements"]) for event in events] == [1_000, 1_000, 500]


def test_unusable_names_are_left_out_and_told_of() -> None:
    told: list[str] = []
    encoder = LineEncoder(lambda: "id", told.append)
    (line,) = encoder.encode(MetricPoint(5, "t", "r", 0, {"": 1.0, "loss": 2.0, "__proto__": 3.0}))
    assert json.loads(line)["measurements"] == {"loss": 2.0}
    assert encoder.encode(MetricPoint(5, "t", "r", 0, {"": 1.0})) == []
    assert told == ["", "__proto__", ""]


@given(st.text(min_size=1), st.text(min_size=1), st.dictionaries(st.text(min_size=1, max_size=50), st.floats()))
def test_any_metric_event_is_one_line_that_the_spool_tells_from_a_lifecycle_event(
    trial_id: str, model_run_id: str, measurements: dict[str, float]
) -> None:
    encoder = LineEncoder(lambda: "id", lambda _: None)
    for line in encoder.encode(MetricPoint(5, trial_id, model_run_id, 0, measurements)):
        assert is_metric(line)
        assert b"\n" not in line[:-1]
        json.loads(line)["trial_id"].encode()
    assert not is_metric(encoder.encode(Lifecycle(5, "ml.trial.start", {"trial_id": trial_id}))[0])
