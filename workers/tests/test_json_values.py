from __future__ import annotations

import json
import math
from argparse import Namespace
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_values import Hostile
from thunderline.client.fields import parameters_of
from thunderline.client.json_values import MAX_INNER_ENTRIES, JsonReader, flattened, shrunk


class Colour(Enum):
    RED = 1


class Optimizer(str, Enum):
    ADAM = "adam"


class Level(IntEnum):
    HIGH = 2


@dataclass
class Model:
    width: int = 8
    layers: list[int] = field(default_factory=lambda: [1, 2])


Point = namedtuple("Point", ["x", "y"])


class Pydantic:
    """An object with the interface of a pydantic model."""

    model_fields: ClassVar = {"lr": object()}
    lr = 0.1


def read(value: Any) -> Any:
    return JsonReader().read(value)


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
        (Optimizer.ADAM, "adam"),
        (Level.HIGH, 2),
        (np.float64(0.5), 0.5),
        (np.int64(2), 2),
        (np.str_("adam"), "adam"),
        (np.array(True), True),
        (np.arange(2_000), list(range(2_000))),
        (np.array([[1.5, math.nan]]), [[1.5, "NaN"]]),
        (Model(), {"width": 8, "layers": [1, 2]}),
        (Namespace(lr=0.1), {"lr": 0.1}),
        (SimpleNamespace(lr=0.1), {"lr": 0.1}),
        (Pydantic(), {"lr": 0.1}),
        (Point(1, 2), {"x": 1, "y": 2}),
        (MappingProxyType({"a": OrderedDict(b=1)}), {"a": {"b": 1}}),
        (range(3), [0, 1, 2]),
        (b"raw", "b'raw'"),
        (Hostile(), "<Hostile>"),
        ({"h": Hostile()}, {"h": "<Hostile>"}),
        ("a\ud800b\0", "a\ufffdb\ufffd"),
        ({"\udfff": None}, {"\ufffd": None}),
    ],
)
def test_reads_a_value_as_json(value: Any, json_value: Any) -> None:
    assert read(value) == json_value


def test_reads_a_model_of_pydantic() -> None:
    pydantic: Any = pytest.importorskip("pydantic")
    inner = pydantic.create_model("Inner", width=(int, 8))
    outer = pydantic.create_model(
        "Outer", lr=(float, 0.1), optimizer=(Optimizer, Optimizer.ADAM), model=(inner, inner())
    )
    assert read(outer()) == {"lr": 0.1, "optimizer": Optimizer.ADAM.value, "model": {"width": 8}}
    assert parameters_of("hyperparams", outer(), lambda *_: None) == {
        "lr": 0.1,
        "optimizer": "adam",
        "model.width": 8,
    }


def test_two_keys_that_become_equal_stay_two() -> None:
    assert sorted(read({1: "a", "1": "b"}).values()) == ["a", "b"]


def test_depth_and_number_of_entries_are_bounded_and_counted() -> None:
    circle: dict[str, Any] = {}
    circle["circle"] = circle
    assert len(json.dumps(read(circle))) < 1_000
    reader = JsonReader()
    assert len(json.dumps(reader.read(list(range(100_000))))) < 100_000
    assert reader.cut == 91_000


def test_weights_are_named_and_not_copied() -> None:
    assert isinstance(read(np.zeros((1_000, 1_000))), str)


def test_nested_names_are_joined() -> None:
    nested = {"model": {"width": 8, "head": {"bias": True}}, "lr": 0.1, "model.width": 9, "empty": {}}
    flat = flattened(nested, ".")
    assert flat.pop("model.width") == 8
    assert (flat.pop("model.head.bias"), flat.pop("lr"), flat.pop("empty")) == (True, 0.1, {})
    ((name, value),) = flat.items()
    assert name.startswith("model.width~")
    assert value == 9


def test_a_mapping_that_contains_itself_twice_is_flattened_once() -> None:
    circle: dict[str, Any] = {"lr": 0.1}
    circle |= {"left": circle, "right": {"circle": circle}}
    assert flattened(circle, ".") == {"lr": 0.1, "left": circle, "right.circle": circle}


def test_a_mapping_in_many_places_is_flattened_within_bounds() -> None:
    tree: dict[str, Any] = {"lr": 0.1}
    for _ in range(30):
        tree = {"left": tree, "right": tree}
    assert len(flattened(tree, ".")) <= MAX_INNER_ENTRIES + 100


def test_cuts_are_marked() -> None:
    assert shrunk("x" * 100, 20, 5) == "x" * 11 + "... [cut]"
    assert shrunk(list(range(9)), 20, 2) == [0, 1, "... [cut]"]
    assert shrunk({"a": 1, "b": 2}, 20, 1) == {"a": 1, "...": "... [cut]"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner, inner),
)


@given(anything)
def test_any_value_becomes_strict_json_in_valid_unicode(value: Any) -> None:
    json.dumps(read(value), allow_nan=False, ensure_ascii=False).encode()


@given(anything)
def test_reading_json_again_changes_nothing(value: Any) -> None:
    once = read(value)
    assert read(once) == once
