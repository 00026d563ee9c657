"""Free-form JSON of configuration objects: mappings, dataclasses, namespaces, arrays and enums."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from itertools import islice
from types import SimpleNamespace
from typing import Any

from thunderline.client.signals import pass_on
from thunderline.client.values import CUT_MARK, Json, as_text, marked, spelled

MAX_DEPTH = 30
MAX_ENTRIES = 9_000
MAX_INNER_ENTRIES = 100_000
"""Names that inner mappings add: the same mapping may be in many places."""
MAX_EXACT_INTEGER = 2**53


class JsonReader:
    """Reads values as JSON within one budget of entries; nothing raises. `cut` counts the entries left out."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._left = max_entries
        self.cut = 0

    def read(self, value: Any, depth: int = MAX_DEPTH) -> Json:
        """JSON of any value: what JSON cannot hold becomes text, what is too deep or too much is cut and counted."""
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return as_text(value)
        if isinstance(value, int):
            return _integer(int(value))
        if isinstance(value, float):
            return spelled(float(value))
        try:
            if depth > 0:
                mapping = mapping_of(value)
                if mapping is not None:
                    return self._object(mapping, depth)
                items = _items_of(value, self._left)
                if items is not None:
                    return self._array(items, depth)
            item = value.item()
        except Exception as error:
            pass_on(error)
            return as_text(value)
        return self.read(item, 0)

    def _object(self, mapping: Mapping[Any, Any], depth: int) -> Json:
        entries = self._within_budget(mapping.items(), len(mapping))
        json: dict[str, Json] = {}
        for key, item in entries:
            name = as_text(key)
            json[marked(name, key) if name in json else name] = self.read(item, depth - 1)
        return json

    def _array(self, items: Sequence[Any] | Set[Any], depth: int) -> Json:
        return [self.read(item, depth - 1) for item in self._within_budget(items, len(items))]

    def _within_budget(self, entries: Iterable[Any], length: int) -> list[Any]:
        kept = list(islice(entries, max(self._left, 0)))
        self._left -= len(kept)
        self.cut += length - len(kept)
        return kept


def mapping_of(value: Any) -> Mapping[Any, Any] | None:
    """The fields of a mapping, dataclass, namedtuple, Namespace, pydantic or attrs object; None: it has none.

    May raise what the object raises.
    """
    if isinstance(value, Mapping):
        return value
    kind = type(value)
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, SimpleNamespace) or (kind.__name__ == "Namespace" and kind.__module__ == "argparse"):
        return dict(vars(value))
    for fields, read in _READERS_BY_ATTRIBUTE:
        if hasattr(kind, fields):
            mapping: Mapping[Any, Any] = read(value)
            return mapping
    return None


_READERS_BY_ATTRIBUTE: Sequence[tuple[str, Callable[[Any], Any]]] = (
    ("model_fields", lambda value: {name: getattr(value, name) for name in type(value).model_fields}),
    (
        "__attrs_attrs__",
        lambda value: {field.name: getattr(value, field.name) for field in type(value).__attrs_attrs__},
    ),
    ("_asdict", lambda value: value._asdict()),
)


def _items_of(value: Any, budget: int) -> Sequence[Any] | Set[Any] | None:
    """The items of a list, tuple, set, sequence, or array of one or more dimensions; None: it has none."""
    if isinstance(value, Enum | bytes | bytearray | memoryview):
        return None
    if isinstance(value, Sequence | Set):
        return value
    dimensions = getattr(value, "ndim", 0)
    shape = getattr(value, "shape", None)
    if not isinstance(dimensions, int) or dimensions < 1 or shape is None:
        return None
    # A whole model's weights are not a hyperparameter: they are named, not copied.
    if _product(shape) > budget:
        raise ValueError("too many items")
    items = value.tolist()
    return items if isinstance(items, list) else None


def _product(shape: Iterable[Any]) -> int:
    product = 1
    for length in shape:
        product *= int(length)
    return product


def flattened(mapping: Mapping[Any, Any], separator: str) -> dict[Any, Any]:
    """A copy in which `{"model": {"width": 8}}` is `{"model.width": 8}`, for the separator "."; empty ones are kept.

    A mapping inside itself stays as it is, and so do inner ones after `MAX_INNER_ENTRIES`.
    """
    flat: dict[Any, Any] = {}
    for name, item in _entries(mapping, separator, None, (id(mapping),), [MAX_INNER_ENTRIES]):
        flat[marked(as_text(name), ("nested", name)) if name in flat else name] = item
    return flat


def _entries(
    mapping: Mapping[Any, Any], separator: str, outer: str | None, around: tuple[int, ...], left: list[int]
) -> Iterator[tuple[Any, Any]]:
    for key, item in mapping.items():
        name = key if outer is None else f"{outer}{separator}{as_text(key)}"
        is_entered = len(around) <= MAX_DEPTH and left[0] > 0 and id(item) not in around
        inner = mapping_of(item) if is_entered else None
        if not inner:
            yield name, item
            continue
        left[0] -= len(inner)
        yield from _entries(inner, separator, as_text(name), (*around, id(item)), left)


def shrunk(json: Json, max_characters: int, max_entries: int) -> Json:
    """The same JSON with shorter texts and fewer entries, every cut marked."""
    if isinstance(json, str):
        return as_text(json, max_characters)
    if isinstance(json, list):
        kept: list[Json] = [shrunk(item, max_characters, max_entries) for item in json[:max_entries]]
        return [*kept, CUT_MARK] if len(json) > max_entries else kept
    if isinstance(json, dict):
        entries = {key: shrunk(item, max_characters, max_entries) for key, item in islice(json.items(), max_entries)}
        return {**entries, "...": CUT_MARK} if len(json) > max_entries else entries
    return json


def _integer(value: int) -> Json:
    # Readers of JSON hold numbers as doubles; a larger integer (a 128-bit seed) keeps its digits only as text.
    return value if -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER else as_text(value)
