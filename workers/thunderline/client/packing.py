"""Bodies and headers of requests. Pure."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

_WORTH_COMPRESSING_BYTES = 512
USER_AGENT = "thunderline-python/0.1.0"


def pack(lines: bytes, api_key: str | None, level: int, plain: bool) -> tuple[bytes, Mapping[str, str]]:
    """The body and headers for lines of NDJSON; `plain` makes an uncompressed JSON array of them."""
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json, application/problem+json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    if plain:
        # Inside a JSON text every line feed is escaped, so those left separate events.
        return b"[" + lines.rstrip(b"\n").replace(b"\n", b",") + b"]", headers | {"Content-Type": "application/json"}
    headers["Content-Type"] = "application/x-ndjson"
    if level <= 0 or len(lines) < _WORTH_COMPRESSING_BYTES:
        return lines, headers
    return gzip.compress(lines, min(level, 9), mtime=0), headers | {"Content-Encoding": "gzip"}
