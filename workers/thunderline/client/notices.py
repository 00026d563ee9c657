"""Warnings to the log, each said once."""

from __future__ import annotations

import logging
from contextlib import suppress

MAX_KEYS = 1_000


class Notices:
    """Says each thing once until it is over. A log handler that raises cannot raise through it into training."""

    def __init__(self) -> None:
        self._log = logging.getLogger("thunderline")
        self._said: set[str] = set()

    def warn(self, key: str, message: str, *args: object) -> None:
        """Warns, unless the same key was warned of and is not over."""
        if key in self._said or len(self._said) >= MAX_KEYS:
            return
        self._said.add(key)
        with suppress(Exception):
            self._log.warning(message, *args)

    def over(self, key: str, message: str, *args: object) -> None:
        """Says that what was warned of is over; silent where nothing was."""
        if key in self._said:
            self._said.discard(key)
            with suppress(Exception):
                self._log.warning(message, *args)
