"""The events of one request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """Events lent by a journal until they are settled or given back."""

    body: bytes
    """NDJSON: whole lines, each ending in a line feed."""
    events: int
    """How many lines `body` has."""
    length: int
    """Bytes the batch takes up in its journal; more than `body` where damaged lines were passed over."""
    damaged: int = 0
    """Lines passed over."""

    def lines(self) -> list[bytes]:
        return self.body.splitlines()
