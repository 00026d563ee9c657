"""Finds the journals that dead processes left, a few at a time."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from thunderline.client.spool.directory_lock import LOCK_FILE
from thunderline.client.spool.journal import Journal

MAX_ADOPTED = 8
"""Journals held at once: each takes a file descriptor, which training needs too."""

MAX_LOOKED_AT = 64
"""Directories tried in one search, so that a search costs the same however many there are."""

_ABANDONED_AFTER_S = 3_600.0


class Adoption:
    """Takes over journals below a spool's root, oldest first, until `MAX_ADOPTED` are held."""

    def __init__(self, root: Path, segment_bytes: int) -> None:
        self._root = root
        self._segment_bytes = segment_bytes
        self._after = ""
        self.incomplete = True
        """Whether there may be more journals than were looked at; they are worth another search soon."""

    def search(self, held: list[Journal], own: Journal | None) -> list[Journal]:
        """The journals found this time. Raises nothing: a directory that cannot be read is tried again later."""
        found: list[Journal] = []
        names = self._names()
        mine = {journal.directory.name for journal in [*held, *([own] if own else [])]}
        later = [name for name in names if name > self._after]
        for looked_at, name in enumerate(later):
            if len(held) + len(found) >= MAX_ADOPTED or looked_at >= MAX_LOOKED_AT:
                self.incomplete = True
                return found
            self._after = name
            with suppress(OSError):
                if name.startswith("."):
                    _sweep(self._root / name)
                elif name not in mine:
                    journal = Journal.adopt(self._root / name, self._segment_bytes)
                    if journal is not None:
                        found.append(journal)
        self._after = ""
        self.incomplete = False
        return found

    def _names(self) -> list[str]:
        with suppress(OSError):
            return sorted(os.listdir(self._root))  # noqa: PTH208 - names alone are a tenth of the work
        return []


def _sweep(hidden: Path) -> None:
    """Removes what a process left that died while it made its journal. An hour old, it has never held an event."""
    if time.time() - hidden.stat().st_mtime > _ABANDONED_AFTER_S:
        (hidden / LOCK_FILE).unlink(missing_ok=True)
        hidden.rmdir()
