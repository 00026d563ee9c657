from __future__ import annotations

import json
import math
import tracemalloc
import uuid
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thunderline.client.event_ids import EventIds
from thunderline.client.line_encoder import LineEncoder
from thunderline.client.losses import LossCause
from thunderline.client.records import Lifecycle, Record
from thunderline.client.spool.lines import is_metric

T = 1_795_219_200_000
T_NS = T * 1_000_000


def not_json(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


def encode(record: Record) -> list[dict[str, Any]]:
    """The events of a record, encoded the first time, as its shape is learnt, and again by the template."""
    encoder = LineEncoder(EventIds(lambda: 0), lambda _cause, _what: None)
    first, again = (decode(*encoder.encode([record])) for _ in range(2))
    assert first == again
    return first


def decode(lines: bytes, events: int) -> list[dict[str, Any]]:
    assert lines.isascii()
    assert lines.count(b"\n") == events
    decoded = [json.loads(line, parse_constant=not_json) for line in lines.splitlines()]
    for event in decoded:
        assert uuid.UUID(event.pop("event_id")).version == 7
    return decoded


def test_encodes_a_metric_event() -> None:
    assert encode((T_NS, "t", "r", 0, 3, {"loss": 0.1, "acc": 1.0})) == [
        {
            "event": "ml.run.metric",
            "timestamp": T,
            "trial_id": "t",
            "model_run_id": "r",
            "step": 3,
            "measurements": {"loss": 0.1, "acc": 1.0},
        }
    ]


def test_a_metric_event_has_no_field_that_was_not_given() -> None:
    (event,) = encode((T_NS, None, "r", 0, None, {"loss": 0.1}))
    assert sorted(event) == ["event", "measurements", "model_run_id", "timestamp"]


@pytest.mark.parametrize("value", [0.1, math.nan])
def test_a_metric_event_states_its_attempt_if_it_has_a_number(value: float) -> None:
    attempts = [encode((T_NS, "t", "r", attempt, 3, {"loss": value}))[0].get("attempt") for attempt in (0, 2, 99_999)]
    assert attempts == [None, 2, 99_999]


def test_events_of_two_attempts_share_no_template() -> None:
    encoder = LineEncoder(EventIds(), lambda _cause, _what: None)
    points: list[Record] = [(T_NS, "t", "r", attempt, 3, {"loss": 1.0}) for attempt in (1, 2, 1, 0)]
    assert [event.get("attempt") for event in decode(*encoder.encode(points))] == [1, 2, 1, None]


def test_encodes_a_lifecycle_event() -> None:
    record = Lifecycle(T, "ml.trial.start", {"trial_id": "t", "hyperparams": {"lr": 0.1}})
    assert encode(record) == [
        {
            "event": "ml.trial.start",
            "timestamp": T,
            "trial_id": "t",
            "hyperparams": {"lr": 0.1},
        }
    ]


def test_nan_and_infinities_travel_as_text() -> None:
    (event,) = encode((T_NS, "t", "r", 0, 0, {"a": math.nan, "b": math.inf, "c": -math.inf, "d": -0.0}))
    assert event["measurements"] == {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": -0.0}
    # -0.0 == 0.0
    assert math.copysign(1.0, event["measurements"]["d"]) == -1.0


def test_more_metrics_than_an_event_may_have_become_several_events() -> None:
    events = encode((T_NS, "t", "r", 0, 0, {f"m{number}": 1.0 for number in range(2_500)}))
    assert [len(event["measurements"]) for event in events] == [1_000, 1_000, 500]


def test_unusable_names_are_left_out_and_reported() -> None:
    told: list[LossCause] = []
    encoder = LineEncoder(EventIds(), lambda cause, _what: told.append(cause))
    (event,) = decode(*encoder.encode([(T_NS, "t", "r", 0, 0, {"": 1.0, "loss": 2.0, "__proto__": 3.0})]))
    assert event["measurements"] == {"loss": 2.0}
    assert encoder.encode([(T_NS, "t", "r", 0, 0, {"": 1.0})]) == (b"", 0)
    assert told == ["unusable_value"] * 3


@pytest.mark.parametrize(
    "names",
    [("a\x01", "a\x02"), ("n" * 255 + "x", "n" * 255 + "y"), ("\U0001f600" * 200, "\U0001f600" * 201), (1, "1")],
)
def test_names_that_must_be_changed_stay_two(names: tuple[Any, Any]) -> None:
    (event,) = encode((T_NS, "t", "r", 0, 0, dict(zip(names, (1.0, 2.0), strict=True))))
    assert sorted(event["measurements"].values()) == [1.0, 2.0]
    assert all(len(name.encode("utf-16-le")) <= 2 * 255 for name in event["measurements"])


def test_a_time_before_1973_goes_as_text() -> None:
    (event,) = encode((86_400_000_000_000, "t", "r", 0, 0, {"loss": 1.0}))
    assert event["timestamp"] == "1970-01-02T00:00:00.000+00:00"
    (start,) = encode(Lifecycle(-1, "ml.trial.start", {"trial_id": "t"}))
    assert start["timestamp"] == "1969-12-31T23:59:59.999+00:00"


def test_templates_of_names_that_change_each_call_stay_bounded() -> None:
    encoder = LineEncoder(EventIds(), lambda _cause, _what: None)
    tracemalloc.start()
    for call in range(400):
        encoder.encode([(T_NS, "t", "r", 0, 0, {f"{call}-{number}-{'n' * 100}": 1.0 for number in range(1_000)})])
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 32 * 1024 * 1024


def test_one_record_that_cannot_be_encoded_costs_only_itself() -> None:
    told: list[LossCause] = []
    encoder = LineEncoder(EventIds(), lambda cause, _what: told.append(cause))
    bad: Record = (T_NS, cast(str, ["unhashable"]), "r", 0, 0, {"loss": 1.0})
    good: Record = (T_NS, "t", "r", 0, 0, {"loss": 1.0})
    assert encoder.encode([good, bad, good])[1] == 2
    assert told == ["unusable_call"]


def test_ids_count_up_through_templates_and_the_slower_way() -> None:
    encoder = LineEncoder(EventIds(lambda: 0), lambda _cause, _what: None)
    point: Record = (T_NS, "t", "r", 0, 0, {"loss": 1.0})
    records: list[Record] = [point, point]
    records += [Lifecycle(T, "ml.trial.start", {}), (T_NS, "t", "r", 0, 0, {"loss": math.nan}), point]
    ids = [json.loads(line)["event_id"] for line in encoder.encode(records)[0].splitlines()]
    assert ids == sorted(set(ids))
    assert len(ids) == 5


any_measurements = st.dictionaries(st.text(max_size=50), st.floats(), max_size=4)


@given(st.text(min_size=1), st.none() | st.text(min_size=1), st.none() | st.integers(0, 2**53), any_measurements)
def test_the_spool_distinguishes_any_metric_event_from_a_lifecycle_event(
    trial_id: str, model_run_id: str | None, step: int | None, measurements: dict[str, float]
) -> None:
    encoder = LineEncoder(EventIds(), lambda _cause, _what: None)
    point: Record = (T_NS, trial_id, model_run_id, 0, step, measurements)
    for line in encoder.encode([point, point])[0].splitlines():
        assert is_metric(line)
        event = json.loads(line, parse_constant=not_json)
        event["trial_id"].encode()
        assert event.get("step") == step
        for name, value in event["measurements"].items():
            name.encode()
            if name in measurements and isinstance(value, float):
                assert value == measurements[name]
    assert not is_metric(encoder.encode([Lifecycle(T, "ml.trial.start", {"trial_id": trial_id})])[0])
