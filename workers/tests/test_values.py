from __future__ import annotations

import math
import re
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from thunderline.client.values import (
    as_attempt,
    as_count,
    as_flag,
    as_foreign_id,
    as_id,
    as_name,
    as_number,
    as_rank,
    as_state,
    as_step,
)


class Scalar:
    """A scalar with the interface of torch's."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def item(self) -> Any:
        return self._value


class Hostile:
    """An object whose every method raises."""

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
def test_reads_a_number_from(value: Any, number: float) -> None:
    made = as_number(value)
    assert made == number
    assert type(made) is float


@pytest.mark.parametrize(
    "value",
    [
        None,
        "loss",
        10**400,
        1j,
        [],
        {},
        object(),
        Hostile(),
        Scalar("x"),
        np.array([1, 2]),
        np.array([]),
        np.ma.masked,
        np.ma.array(1.0, mask=True),
        np.datetime64("2026-11-26", "ns"),
        np.timedelta64(5, "s"),
    ],
)
def test_reads_no_number_from(value: Any) -> None:
    assert as_number(value) is None


@pytest.mark.parametrize(
    ("value", "count"), [(0, 0), (3.0, 3), (np.int32(5), 5), (-1, None), (math.nan, None), ("x", None)]
)
def test_reads_counts(value: Any, count: int | None) -> None:
    assert as_count(value) == count


@pytest.mark.parametrize(("name", "usable"), [("loss", "loss"), (5, "5"), ("", ""), ("__proto__", "")])
def test_reads_metric_names(name: Any, usable: str) -> None:
    assert as_name(name) == usable


@pytest.mark.parametrize(
    ("name", "start"),
    [("a\nb\x85", "a\ufffdb\ufffd"), ("x" * 300, "x" * 246), ("\U0001f600" * 200, "\U0001f600" * 123)],
)
def test_a_name_that_must_be_changed_ends_in_a_hash(name: str, start: str) -> None:
    assert re.fullmatch(re.escape(start) + "~[0-9a-f]{8}", as_name(name))


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (0, 0),
        (3.0, 3),
        (2.75, 2),
        ("4", 4),
        (np.int32(5), 5),
        (-1, None),
        (np.int64(-1), None),
        (math.nan, None),
        ("x", None),
        (None, None),
        (2**53, None),
    ],
)
def test_reads_steps(value: Any, step: int | None) -> None:
    assert as_step(value) == step


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (True, True),
        (0, False),
        ("on", True),
        ("True", True),
        (" no ", False),
        (np.bool_(True), True),
        ("maybe", None),
        (2, None),
        (None, None),
    ],
)
def test_reads_flags(value: Any, flag: bool | None) -> None:
    assert as_flag(value) is flag


@pytest.mark.parametrize(
    ("value", "state"),
    [("completed", "completed"), ("SUCCESS", "completed"), ("FAILED", "failed"), ("killed", "cancelled"), ("r", None)],
)
def test_reads_states(value: Any, state: str | None) -> None:
    assert as_state(value) == state


@pytest.mark.parametrize(("value", "rank"), [(1, 1), ("2", 2), (0, None), (2**31, None), ("first", None)])
def test_reads_ranks(value: Any, rank: int | None) -> None:
    assert as_rank(value) == rank


@pytest.mark.parametrize(
    ("value", "attempt"),
    [(0, 0), (1, 1), ("2", 2), ("0003", 3), (99_999, 99_999), (100_000, None), (-1, None), (1.5, None), ("x", None)],
)
def test_reads_attempts(value: Any, attempt: int | None) -> None:
    assert as_attempt(value) == attempt


def test_ids_that_must_be_changed_stay_two() -> None:
    ids = ["i" * 255 + "x", "i" * 255 + "y", "i\n", "i\r", "i"]
    changed = [as_id(value) for value in ids]
    assert len(set(changed)) == len(ids)
    assert all(value is not None and len(value) <= 255 and value.isprintable() for value in changed)
    assert changed[-1] == "i"
    assert as_id("") is None


@pytest.mark.parametrize("dots", [".", ".."])
def test_an_id_that_no_address_can_have_is_changed(dots: str) -> None:
    assert (as_id(dots) or "").startswith(f"{dots}~")
    assert as_foreign_id(dots) is None
    assert as_name(dots) == dots
    assert as_id(f"{dots}x") == f"{dots}x"
