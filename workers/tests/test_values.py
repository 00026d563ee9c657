from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thunderline.client.values import as_count, as_epoch_ms, as_json, as_json_object, as_name, as_number, as_text


class Scalar:
    """As a torch scalar presents itself."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def item(self) -> Any:
        return self._value


class Hostile:
    """Raises at every touch."""

    @property
    def item(self) -> Any:
        raise RuntimeError("no item")

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __float__(self) -> float:
        raise RuntimeError("no number")


class Colour(Enum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (True, 1.0),
        (0.1, 0.1),
        ("0.5", 0.5),
        ("-Infinity", -math.inf),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 4), 0.25),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7.0),
        (np.bool_(True), 1.0),
        (np.array(3), 3.0),
        (np.array([[2.5]]), 2.5),
        (Scalar(4), 4.0),
        (Scalar(math.inf), math.inf),
    ],
)
def test_a_number_is_made_of(value: Any, number: float) -> None:
    made = as_number(value)
    assert made == number
    assert type(made) is float


@pytest.mark.parametrize(
    "value", [None, "loss", 10**400, 1j, [], {}, object(), Hostile(), Scalar("x"), np.array([1, 2]), np.array([])]
)
def test_no_number_is_made_of(value: Any) -> None:
    assert as_number(value) is None


@pytest.mark.parametrize(
    ("value", "count"), [(0, 0), (3.0, 3), (np.int32(5), 5), (-1, None), (math.nan, None), ("x", None)]
)
def test_counts(value: Any, count: int | None) -> None:
    assert as_count(value) == count


@pytest.mark.parametrize(
    ("value", "epoch_ms"),
    [
        (1_700_000_000_123, 1_700_000_000_123),
        (1_700_000_000_123.9, 1_700_000_000_123),
        (datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc), 1_700_000_000_000),
        (math.nan, None),
        ("soon", None),
    ],
)
def test_timestamps(value: Any, epoch_ms: int | None) -> None:
    assert as_epoch_ms(value) == epoch_ms


@pytest.mark.parametrize(
    ("value", "json_value"),
    [
        ({"lr": 0.1, 1: (2, {3})}, {"lr": 0.1, "1": [2, [3]]}),
        (math.nan, "NaN"),
        ([math.inf, -math.inf], ["Infinity", "-Infinity"]),
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (Path("/data"), "/data"),
        (Colour.RED, "Colour.RED"),
        (np.float64(0.5), 0.5),
        (np.int64(2), 2),
        (np.array(True), True),
        (Hostile(), "<Hostile>"),
        ({"h": Hostile()}, {"h": "<Hostile>"}),
        ("a\ud800b\0", "a\ufffdb\ufffd"),
        ({"\udfff": None}, {"\ufffd": None}),
    ],
)
def test_json_of(value: Any, json_value: Any) -> None:
    assert as_json(value) == json_value


def test_depth_and_number_of_entries_are_bounded() -> None:
    circle: dict[str, Any] = {}
    circle["circle"] = circle
    assert len(json.dumps(as_json(circle))) < 1_000
    assert len(json.dumps(as_json(list(range(100_000))))) < 100_000
    assert len(as_text("x" * 10**6)) == 8_192


def test_what_is_no_object_is_kept_under_a_name() -> None:
    assert as_json_object([1]) == {"value": [1]}


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("loss", "loss"),
        (5, "5"),
        ("a\nb\x85", "a\ufffdb\ufffd"),
        ("x" * 300, "x" * 255),
        ("\U0001f600" * 200, "\U0001f600" * 127),
        ("", ""),
        ("__proto__", ""),
    ],
)
def test_metric_names(name: Any, usable: str) -> None:
    assert as_name(name) == usable


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner, inner),
)


@given(anything)
def test_whatever_it_is_it_becomes_strict_json_in_valid_unicode(value: Any) -> None:
    json.dumps(as_json(value), allow_nan=False, ensure_ascii=False).encode()
