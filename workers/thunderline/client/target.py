"""The address of the gateway, and where its events are spooled."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

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
        """Reads `[http[s]://]host[:port][/prefix]`. Raises ValueError, saying what to change."""
        url = url.strip()
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{_without_credentials(url)!r} is not an address such as http://thunderline:4000")
        if parts.username is not None:
            raise ValueError("the URL holds a user name or a password; pass the API key as api_key instead")
        secure = parts.scheme == "https"
        path = parts.path.rstrip("/")
        if not path.endswith(INGEST_PATH):
            path += INGEST_PATH
        return cls(secure, parts.hostname, parts.port or (443 if secure else 80), path)

    @property
    def authority(self) -> str:
        """Host and port as a URL writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.authority}{self.path}"

    @property
    def name(self) -> str:
        """A directory name of its own for each address, so that events for one gateway never go to another."""
        text = f"{self.secure} {self.host} {self.port} {self.path}"
        readable = re.sub(r"[^A-Za-z0-9.-]+", "_", f"{self.host}_{self.port}")[:64]
        return f"{readable}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def redirected(self, location: str) -> Target | None:
        """The address that an answer redirects to; None unless it is the same host, not less secure."""
        try:
            parts = urlsplit(urljoin(self.url, location))
            port = parts.port
        except ValueError:
            return None
        secure = parts.scheme == "https"
        if parts.scheme not in ("http", "https") or parts.hostname != self.host or (self.secure and not secure):
            return None
        return replace(self, secure=secure, port=port or (443 if secure else 80), path=parts.path or "/")


UNADDRESSED = Target(False, "unaddressed", 0, "")
"""Names the spool of programs that run offline and have no URL; `python -m thunderline sync --url` sends it."""


def target_of(url: str | None, *, offline: bool) -> Target:
    """The target of a client. Raises ValueError, saying what to change; a client that is offline needs no URL."""
    if url:
        return Target.parse(url)
    if offline:
        return UNADDRESSED
    raise ValueError("no url was given and THUNDERLINE_URL is not set")


def _without_credentials(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)


def spool_base(spool_dir: Path | None) -> Path:
    """The directory that holds the spools of all targets, whatever directory the program works in later.

    Raises RuntimeError where the user has no home directory, and OSError where the working directory is gone.
    """
    configured = spool_dir or os.environ.get("THUNDERLINE_SPOOL_DIR")
    if configured:
        return Path(configured).expanduser().absolute()
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state").absolute() / "thunderline" / "spool"


def spool_root(target: Target, spool_dir: Path | None, api_key: str | None) -> Path:
    """The directory of the journals for a target and a key: events logged under one key are not sent under another.

    Raises RuntimeError where the user has no home directory, and OSError where the working directory is gone.
    """
    owner = "" if api_key is None else f"-{hashlib.sha256(api_key.encode()).hexdigest()[:8]}"
    return spool_base(spool_dir) / f"{target.name}{owner}"
