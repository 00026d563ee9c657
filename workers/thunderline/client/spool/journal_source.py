"""New journals of this process."""

from __future__ import annotations

import time
from pathlib import Path

from thunderline.client.notices import Notices
from thunderline.client.spool.journal import Journal

_DISK_RETRY_S = 30.0


class JournalSource:
    """Creates journals under a root; without one there are none. No method raises OSError."""

    def __init__(self, root: Path | None, segment_bytes: int, notices: Notices) -> None:
        self._root = root
        self._segment_bytes = segment_bytes
        self._notices = notices
        self._retry_at = 0.0

    def create(self) -> Journal | None:
        """A new journal; None where the disk refuses it, which is logged."""
        try:
            return None if self._root is None else Journal.create(self._root, self._segment_bytes)
        except OSError as error:
            self._notices.warn("disk", "There is no spool at %s (%s); events wait in memory.", self._root, error)
            return None

    def create_when_due(self) -> Journal | None:
        """The same, but the disk is asked once in half a minute; None in between."""
        if time.monotonic() < self._retry_at:
            return None
        self._retry_at = time.monotonic() + _DISK_RETRY_S
        return self.create()

    def hurry(self) -> None:
        """Lets the disk be asked at once."""
        self._retry_at = 0.0
