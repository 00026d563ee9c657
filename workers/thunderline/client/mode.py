"""The mode of a client: it sends its events, keeps them on disk, or drops them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

Mode = Literal["online", "offline", "disabled"]


def mode_of(environment: Mapping[str, str]) -> Mode:
    """`$THUNDERLINE_MODE`: "online" (the default) sends; "offline" writes to disk for `python -m thunderline sync`;
    "disabled" drops every event, for tests. Raises ValueError for another word."""
    mode = environment.get("THUNDERLINE_MODE", "").strip().lower() or "online"
    if mode not in ("online", "offline", "disabled"):
        raise ValueError(f"THUNDERLINE_MODE is {mode!r}; expected online, offline or disabled")
    return cast(Mode, mode)
