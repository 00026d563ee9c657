"""Warnings in the log, each written once."""

from __future__ import annotations

import logging
from contextlib import suppress

MAX_OBSERVATIONS = 1_000


class Notices:
    """Logs each condition when it starts and when it ends, and each observation once.

    Conditions are a closed list, so that no number of observations can suppress one. An exception of a log handler
    never reaches the training code.
    """

    def __init__(self) -> None:
        self._log = logging.getLogger("thunderline")
        self._observations: set[str] = set()
        self.conditions: set[str] = set()
        """Those that hold, to be looked up where even a call costs too much. Only `warn` and `over` change them."""

    def warn(self, condition: str, message: str, *args: object) -> None:
        """Logs that a condition holds, unless that was logged already and it has not ended since."""
        if condition not in self.conditions:
            self.conditions.add(condition)
            self._write(message, *args)

    def over(self, condition: str, message: str, *args: object) -> None:
        """Logs that a condition has ended; silent where its start was not logged."""
        if condition in self.conditions:
            self.conditions.discard(condition)
            self._write(message, *args)

    def once(self, observation: str, message: str, *args: object) -> None:
        """Logs one thing about the data once, and of 1,000 different ones that the rest is only counted."""
        if observation in self._observations or len(self._observations) > MAX_OBSERVATIONS:
            return
        self._observations.add(observation)
        if len(self._observations) > MAX_OBSERVATIONS:
            self._write("Further values left out are only counted (see client.stats).")
        else:
            self._write(message, *args)

    def _write(self, message: str, *args: object) -> None:
        with suppress(Exception):
            self._log.warning(message, *args)
