"""Where a client sends to."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

INGEST_PATH = "/api/events/ml"


@dataclass(frozen=True, slots=True)
class Target:
    """The gateway's address, taken apart."""

    secure: bool
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Reads `http[s]://host[:port][/prefix]`. Raises ValueError, saying what to change."""
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not an address such as http://thunderline:4000")
        secure = parts.scheme == "https"
        path = parts.path.rstrip("/")
        if not path.endswith(INGEST_PATH):
            path += INGEST_PATH
        return cls(secure, parts.hostname, parts.port or (443 if secure else 80), path)

    @property
    def name(self) -> str:
        """A directory name of its own for each address, so that events for one gateway never go to another."""
        text = f"{self.secure} {self.host} {self.port} {self.path}"
        readable = re.sub(r"[^A-Za-z0-9.-]+", "_", f"{self.host}_{self.port}")[:64]
        return f"{readable}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def spool_root(target: Target, spool_dir: Path | None) -> Path:
    """Where the journals for a target live. Raises RuntimeError where the user has no home directory."""
    configured = spool_dir or os.environ.get("THUNDERLINE_SPOOL_DIR")
    if configured:
        return Path(configured) / target.name
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "thunderline" / "spool" / target.name
