"""The rule for copies of clients and trials, which models hold and copy."""

from __future__ import annotations

from typing import Any, TypeVar

_Self = TypeVar("_Self", bound="Uncopied")


class Uncopied:
    """Its copies are the object itself: a copied model reports through the same client, for the same trial."""

    def __copy__(self: _Self) -> _Self:
        return self

    def __deepcopy__(self: _Self, _memo: Any) -> _Self:
        return self
