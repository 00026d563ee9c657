"""The events that wait in a spool directory."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def spooled_lines(spool_dir: Path) -> list[bytes]:
    """The lines of all journals. A client that has sent its events may remove its journal at the same time: what is not
    here has been accepted before."""
    lines: list[bytes] = []
    # os.walk passes over a folder that does not exist any more.
    for folder, _, names in os.walk(spool_dir):
        for name in names:
            if name.endswith(".ndjson"):
                with suppress(FileNotFoundError):
                    lines += Path(folder, name).read_bytes().splitlines()
    return lines
